#pragma once

#include "config/ini.hpp"

#include <optional>
#include <string>
#include <vector>

/// The options that CAF itself knows: [scheduler], [middleman], [logger], …
namespace apogee::config {

/// Names of CAF's own sections.
const std::vector<std::string>& caf_sections();

/// Keys of one of them.
std::vector<std::string> caf_keys(const std::string& section);

/// What CAF would silently drop: nothing when it knows the option and takes
/// the value, otherwise a text in the form `expected …, got …`.
///
/// REQUIRES: `key` is one of caf_keys(section).
std::optional<std::string> check_caf_option(const std::string& section,
                                            const std::string& key,
                                            const ini_value& value);

/// True for options that are true or false.
bool is_caf_flag(const std::string& section, const std::string& key);

/// A command line's value in the form of a file: quotes are added where the
/// option is a text or an atom and they were left out.
ini_value caf_argument(const std::string& section, const std::string& key,
                       std::string_view text);

} // namespace apogee::config
