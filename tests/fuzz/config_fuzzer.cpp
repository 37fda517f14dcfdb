#include "config/load.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/settings.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

namespace apogee::config {

namespace {

void require(bool holds) {
  if (!holds)
    std::abort();
}

void check_lines(std::string_view content, const ini_file& file) {
  auto breaks = std::count(content.begin(), content.end(), '\n');
  auto lines = static_cast<std::size_t>(breaks) + 1;
  for (const auto& problem : file.problems)
    require(problem.line > 0 && problem.line <= lines);
  for (const auto& entry : file.entries)
    require(entry.line > 0 && entry.line <= lines);
}

void check_written(setting& s) {
  auto written = s.written();
  auto again = read_ini("[a]\nb = " + written);
  require(again.problems.empty() && again.entries.size() == 1);
  require(!s.assign(again.entries.front().value));
  require(s.written() == written);
}

bool is_section(const std::string& name, const std::vector<setting>& settings) {
  return std::any_of(settings.begin(), settings.end(),
                     [&](const auto& s) { return s.words.section == name; });
}

/// True if the setting is known, given once, and its value is legal.
bool take(const ini_entry& entry, std::vector<setting>& settings) {
  for (auto& s : settings) {
    if (s.words.section != entry.section || s.words.key != entry.key)
      continue;
    auto is_first = s.words.origin == "default";
    if (s.assign(entry.value))
      return false;
    check_written(s);
    s.words.origin = "file";
    return is_first;
  }
  return false;
}

void check_caf_agrees(std::string_view content, std::size_t entries) {
  std::istringstream stream{std::string{content}};
  auto parsed = caf::actor_system_config::parse_config(stream);
  require(parsed.engaged());
  std::size_t keys = 0;
  for (const auto& section : *parsed)
    keys += caf::get<caf::settings>(section.second).size();
  require(keys == entries);
}

} // namespace

} // namespace apogee::config

/// The configuration reader on bytes that anybody could have written: it ends,
/// whatever it reports is on a line of the file, a legal value is written as it
/// is read, and a file without a mistake is one to CAF too, with the same keys.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace apogee::config;
  std::string_view content{reinterpret_cast<const char*>(data), size};
  auto file = read_ini(content);
  check_lines(content, file);
  if (file.entries.empty())
    return 0;
  standalone_config config;
  auto settings = settings_of(config);
  auto legal = file.problems.empty();
  for (const auto& section : file.sections)
    legal = legal && is_section(section.name, settings);
  for (const auto& entry : file.entries)
    legal = take(entry, settings) && legal;
  if (legal)
    check_caf_agrees(content, file.entries.size());
  return 0;
}
