#include "config/load.hpp"

#include "config/caf_options.hpp"
#include "config/nearest.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

namespace apogee::config {

namespace {

const std::string command_line = "command line";

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const auto& word : words)
    result += (result.empty() ? "" : ", ") + word;
  return result;
}

std::string did_you_mean(const std::string& word) {
  return word.empty() ? std::string{} : ", did you mean '" + word + "'?";
}

/// The whole file, or why it cannot be read.
result<std::string> read_file(const std::string& path) {
  errno = 0;
  std::ifstream stream{path, std::ios::binary};
  std::string content(file_size_max + 1, '\0');
  if (stream)
    stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!stream.is_open() || stream.bad()) {
    auto why = std::error_code{errno ? errno : EIO, std::generic_category()};
    return {errc::invalid_config, "cannot be read: " + why.message()};
  }
  content.resize(static_cast<std::size_t>(stream.gcount()));
  if (content.size() > file_size_max)
    return {errc::invalid_config, "is larger than 1MiB; a configuration file "
                                  "is not"};
  return content;
}

} // namespace

setting_loader::setting_loader(std::vector<setting> settings)
  : settings_(std::move(settings)) {}

void setting_loader::load(const std::vector<std::string>& arguments) {
  sort_arguments(arguments);
  if (!file.empty())
    load_file();
  for (const auto& given : arguments_)
    load_argument(given);
}

void setting_loader::refuse(const std::string& section, const std::string& key,
                            const std::string& text) {
  auto found = find(section, key);
  problem(found->words.origin, section, key,
          text + ", got " + found->words.value);
}

failure setting_loader::why() const {
  std::string text;
  for (const auto& line : problems_)
    text += (text.empty() ? "" : "\n") + line;
  return {errc::invalid_config, std::move(text)};
}

std::vector<setting_words> setting_loader::words() const {
  std::vector<setting_words> result;
  for (const auto& s : settings_)
    result.push_back(s.words);
  return result;
}

// -- command line -------------------------------------------------------------

void setting_loader::sort_arguments(const std::vector<std::string>& arguments) {
  for (auto i = arguments.begin(); i != arguments.end(); ++i) {
    if (*i == "--") {
      rest.insert(rest.end(), i, arguments.end());
      return;
    }
    auto equals = i->find('=');
    auto name = i->substr(0, equals);
    auto dot = name.find('.');
    auto is_path = name == "--config-file";
    if (!name.starts_with("--")
        || (!is_path && (dot == std::string::npos || dot == 2))) {
      rest.push_back(*i);
      continue;
    }
    argument given;
    if (!is_path)
      given = {name.substr(2, dot - 2), name.substr(dot + 1), ""};
    auto next = std::next(i);
    auto next_is_value = next != arguments.end() && !next->starts_with("--");
    if (equals != std::string::npos) {
      given.value = i->substr(equals + 1);
    } else if (!is_path && is_flag(given.section, given.key)
               && !(next_is_value && (*next == "true" || *next == "false"))) {
      given.value = "true";
    } else if (next_is_value) {
      given.value = *next;
      i = next;
    } else {
      problems_.push_back(command_line + ": " + name + ": value missing");
      continue;
    }
    if (is_path)
      take_config_file(std::move(given.value));
    else
      arguments_.push_back(std::move(given));
  }
}

void setting_loader::take_config_file(std::string path) {
  if (path.empty())
    problems_.push_back(command_line + ": --config-file: value missing");
  else if (!file.empty())
    problems_.push_back(command_line + ": --config-file: given twice");
  else
    file = std::move(path);
}

void setting_loader::load_argument(const argument& given) {
  const auto& [section, key, value] = given;
  if (contains(caf_sections(), section)) {
    load_caf(section, key, caf_argument(section, key, value), command_line);
    return;
  }
  auto found = find(section, key);
  if (!found) {
    problem(command_line, section, key,
            is_section(section) ? unknown_key(section, key)
                                : unknown_section(section));
    return;
  }
  if (found->words.origin == command_line) {
    problem(command_line, section, key, "given twice");
    return;
  }
  found->words.origin = command_line;
  if (auto wrong = found->assign_argument(value))
    problem(command_line, section, key, *wrong);
  found->words.value = found->written();
}

// -- file ---------------------------------------------------------------------

void setting_loader::load_file() {
  auto content = read_file(file);
  if (content)
    load_content(*content);
  else
    problems_.push_back(file + ": " + content.error().text);
}

void setting_loader::load_content(std::string_view content) {
  auto read = read_ini(content);

  // The three lists are merged so that problems come in the order of lines.
  struct numbered {
    std::size_t line;
    std::string text;
  };

  std::vector<numbered> found;
  auto from = problems_.size();
  auto take = [&](std::size_t line) {
    for (auto i = from; i < problems_.size(); ++i)
      found.push_back({line, std::move(problems_[i])});
    problems_.resize(from);
  };
  for (const auto& wrong : read.problems) {
    problems_.push_back(file + ":" + std::to_string(wrong.line) + ": "
                        + wrong.text);
    take(wrong.line);
  }
  for (const auto& section : read.sections) {
    check_section(section);
    take(section.line);
  }
  for (const auto& entry : read.entries) {
    load_entry(entry);
    take(entry.line);
  }
  std::stable_sort(
    found.begin(), found.end(),
    [](const auto& a, const auto& b) { return a.line < b.line; });
  for (auto& wrong : found)
    problems_.push_back(std::move(wrong.text));
}

void setting_loader::check_section(const ini_section& section) {
  if (!is_section(section.name) && !contains(caf_sections(), section.name))
    problems_.push_back(file + ":" + std::to_string(section.line) + ": ["
                        + section.name + "] " + unknown_section(section.name));
}

void setting_loader::load_entry(const ini_entry& entry) {
  auto origin = file + ":" + std::to_string(entry.line);
  if (contains(caf_sections(), entry.section)) {
    load_caf(entry.section, entry.key, entry.value, origin);
    return;
  }
  // The section's own line was refused already.
  if (!is_section(entry.section))
    return;
  auto found = find(entry.section, entry.key);
  if (!found) {
    problem(origin, entry.section, entry.key,
            unknown_key(entry.section, entry.key));
    return;
  }
  if (found->words.origin != "default") {
    problem(origin, entry.section, entry.key,
            "given twice, first at " + found->words.origin);
    return;
  }
  found->words.origin = origin;
  if (auto wrong = found->assign(entry.value))
    problem(origin, entry.section, entry.key, *wrong);
  found->words.value = found->written();
}

// -- both ---------------------------------------------------------------------

void setting_loader::load_caf(const std::string& section,
                              const std::string& key, const ini_value& value,
                              const std::string& origin) {
  auto keys = caf_keys(section);
  if (!contains(keys, key)) {
    problem(origin, section, key,
            "unknown option of CAF" + did_you_mean(nearest(key, keys)));
    return;
  }
  auto known = std::find_if(caf.begin(), caf.end(), [&](const auto& option) {
    return option.section == section && option.key == key;
  });
  auto is_override = known != caf.end() && origin == command_line
                     && known->origin != command_line;
  if (known != caf.end() && !is_override) {
    problem(origin, section, key, "given twice, first at " + known->origin);
    return;
  }
  if (auto wrong = check_caf_option(section, key, value)) {
    problem(origin, section, key, *wrong);
    return;
  }
  if (is_override)
    caf.erase(known);
  caf.push_back({section, key, value.literal, origin});
}

void setting_loader::problem(const std::string& origin,
                             const std::string& section, const std::string& key,
                             const std::string& text) {
  problems_.push_back(origin + ": [" + section + "] " + key + ": " + text);
}

bool setting_loader::is_section(const std::string& name) const {
  return std::any_of(settings_.begin(), settings_.end(),
                     [&](const auto& s) { return s.words.section == name; });
}

bool setting_loader::is_flag(const std::string& section,
                             const std::string& key) const {
  return is_caf_flag(section, key)
         || std::any_of(settings_.begin(), settings_.end(), [&](const auto& s) {
              return s.words.section == section && s.words.key == key
                     && s.words.kind == setting_kind::flag;
            });
}

setting* setting_loader::find(const std::string& section,
                              const std::string& key) {
  for (auto& s : settings_)
    if (s.words.section == section && s.words.key == key)
      return &s;
  return nullptr;
}

std::string setting_loader::unknown_section(const std::string& name) const {
  std::vector<std::string> known;
  for (const auto& s : settings_)
    if (!contains(known, s.words.section))
      known.push_back(s.words.section);
  auto all = known;
  all.insert(all.end(), caf_sections().begin(), caf_sections().end());
  auto meant = nearest(name, all);
  return "unknown section"
         + (meant.empty() ? "; known here are " + joined(known)
                          : did_you_mean(meant));
}

std::string setting_loader::unknown_key(const std::string& section,
                                        const std::string& key) const {
  std::vector<std::string> here;
  for (const auto& s : settings_) {
    if (s.words.section == section)
      here.push_back(s.words.key);
    else if (s.words.key == key)
      return "unknown key; it belongs to [" + s.words.section + "]";
  }
  auto meant = nearest(key, here);
  return "unknown key" + did_you_mean(meant);
}

} // namespace apogee::config
