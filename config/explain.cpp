#include "config/explain.hpp"

#include "config/nearest.hpp"

#include <algorithm>

namespace apogee::config {

namespace {

std::string full_name(const setting_words& words) {
  return words.section + "." + words.key;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

} // namespace

std::string show(const std::vector<setting_words>& settings) {
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const auto& words : settings) {
    name_width = std::max(name_width, full_name(words).size());
    value_width = std::max(value_width, words.value.size());
  }
  std::string result;
  for (const auto& words : settings)
    result += padded(full_name(words), name_width) + "  "
              + padded(words.value, value_width) + "  " + words.origin + "\n";
  return result;
}

std::string explain(const std::vector<setting_words>& settings) {
  std::string result;
  for (const auto& words : settings) {
    result += (result.empty() ? "" : "\n") + full_name(words) + "\n  "
              + words.sentence + "\n  May be " + words.expected
              + ".\n  Default: " + words.unset + "\n";
    if (words.origin != "default")
      result += "  In force: " + words.value + " from " + words.origin + "\n";
  }
  return result;
}

std::vector<setting_words> select(const std::vector<setting_words>& settings,
                                  std::string_view name) {
  std::vector<setting_words> result;
  for (const auto& words : settings)
    if (name.empty() || name == words.section || name == full_name(words))
      result.push_back(words);
  return result;
}

std::string nearest_setting(const std::vector<setting_words>& settings,
                            std::string_view name) {
  std::vector<std::string> names;
  for (const auto& words : settings) {
    names.push_back(words.section);
    names.push_back(full_name(words));
  }
  // A key alone is what people remember.
  for (const auto& words : settings)
    if (name == words.key)
      return full_name(words);
  return nearest(name, names);
}

} // namespace apogee::config
