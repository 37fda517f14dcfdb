#include "config/caf_options.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/config_option.hpp>
#include <caf/config_value.hpp>
#include <caf/settings.hpp>

#include <algorithm>
#include <sstream>

namespace apogee::config {

namespace {

/// Opens CAF's table of options to us.
class caf_table : public caf::actor_system_config {
public:
  const caf::config_option_set& options() const { return custom_options_; }
};

const caf::config_option_set& options() {
  static const caf_table table;
  return table.options();
}

const caf::config_option* find(const std::string& section,
                               const std::string& key) {
  return options().qualified_name_lookup(section, key);
}

std::string to_text(caf::string_view text) {
  return {text.begin(), text.end()};
}

} // namespace

const std::vector<std::string>& caf_sections() {
  static const auto sections = [] {
    std::vector<std::string> result;
    for (const auto& option : options()) {
      auto section = to_text(option.category());
      // `global` is CAF's own command line, which is not used here.
      if (section != "global" && section != "opencl"
          && std::find(result.begin(), result.end(), section) == result.end())
        result.push_back(std::move(section));
    }
    return result;
  }();
  return sections;
}

std::vector<std::string> caf_keys(const std::string& section) {
  std::vector<std::string> result;
  for (const auto& option : options())
    if (to_text(option.category()) == section)
      result.push_back(to_text(option.long_name()));
  return result;
}

std::optional<std::string> check_caf_option(const std::string& section,
                                            const std::string& key,
                                            const ini_value& value) {
  auto option = find(section, key);
  auto expected = "expected a value of CAF's type "
                  + to_text(option->type_name()) + ", got " + value.literal;
  if (value.form == ini_form::bare)
    return expected;
  std::istringstream line{"[" + section + "]\n" + key + " = " + value.literal
                          + "\n"};
  auto parsed = caf::actor_system_config::parse_config(line);
  if (!parsed)
    return expected;
  auto found = caf::get_if(&*parsed, section + "." + key);
  if (!found || option->check(*found))
    return expected;
  return std::nullopt;
}

bool is_caf_flag(const std::string& section, const std::string& key) {
  auto option = find(section, key);
  return option != nullptr && option->is_flag();
}

ini_value caf_argument(const std::string& section, const std::string& key,
                       std::string_view text) {
  auto option = find(section, key);
  auto type = option ? to_text(option->type_name()) : std::string{};
  std::string literal{text};
  if (type == "string" && !text.starts_with('"'))
    literal = in_quotes(text);
  else if (type == "atom" && !text.starts_with('\''))
    literal = "'" + literal + "'";
  auto file = read_ini("[a]\nb = " + literal);
  if (file.problems.empty() && file.entries.size() == 1)
    return file.entries.front().value;
  return {ini_form::bare, literal, {}, literal};
}

} // namespace apogee::config
