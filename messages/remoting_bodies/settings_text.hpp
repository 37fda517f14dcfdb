#pragma once

#include "messages/errors.hpp"

#include <map>
#include <string>
#include <string_view>

/// Settings as tools read and write them: "name=value\n" for each, in the form
/// of Java's properties files, which knows comments (# and !), ':' and blanks
/// as separators, lines continued by a backslash, and escapes.
namespace apogee::remoting {

/// Codes 25 and 318. Of a name that is there twice the last counts. Bytes
/// beyond ASCII are taken as UTF-8. Fails with errc::malformed, naming the
/// line, when a \u is not followed by four hexadecimal digits.
result<std::map<std::string, std::string>>
parse_settings(std::string_view text);

/// Answers of 26 and 319. Escapes what Java would read otherwise, and
/// everything beyond ASCII, which it takes for Latin-1.
std::string write_settings(const std::map<std::string, std::string>& settings);

} // namespace apogee::remoting
