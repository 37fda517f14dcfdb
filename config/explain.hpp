#pragma once

#include "config/setting.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Texts of `apogee config show` and `apogee config explain`. For JSON, the
/// fields of setting_words are what there is to print.
namespace apogee::config {

/// A table: setting, value in force, and where it comes from.
std::string show(const std::vector<setting_words>& settings);

/// For each setting a paragraph: key, sentence, what it may be, default.
std::string explain(const std::vector<setting_words>& settings);

/// Those that `name` means: all for an empty one, else a `section` or a
/// `section.key`. Empty when there is none.
std::vector<setting_words> select(const std::vector<setting_words>& settings,
                                  std::string_view name);

/// What `name` was probably meant to be, of all sections and `section.key`s;
/// empty when nothing is near.
std::string nearest_setting(const std::vector<setting_words>& settings,
                            std::string_view name);

/// Every setting of a configuration at its default.
template <class Config>
std::vector<setting_words> defaults_of() {
  Config config;
  std::vector<setting_words> result;
  for (auto& s : settings_of(config))
    result.push_back(std::move(s.words));
  return result;
}

} // namespace apogee::config
