#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Characters in and out of UTF-8, and the escapes of UTF-16 units that JSON
/// and Java's properties share.
namespace apogee::remoting {

/// What stands for something that is no character.
inline constexpr char32_t replacement_character = 0xFFFD;

/// Appends a code point; one that UTF-8 cannot hold becomes the replacement.
void append_utf8(std::string& out, char32_t code_point);

/// One step through UTF-8. Malformed bytes are passed one by one, each as the
/// replacement.
struct utf8_step {
  char32_t code_point = replacement_character;
  std::size_t bytes = 1;
};

/// REQUIRES: `text` is not empty.
utf8_step next_code_point(std::string_view text);

/// Reads the four hexadecimal digits at `at`, behind a "\u", and a second such
/// escape when the first is the upper half of a pair; moves `at` behind what it
/// read. Half a pair is the replacement. Nothing when the digits are wrong.
std::optional<char32_t> read_utf16_escape(std::string_view text,
                                          std::size_t& at);

/// Appends "\u0041": a character in UTF-16 units, lower-case digits.
void append_utf16_escape(std::string& out, char32_t code_point);

} // namespace apogee::remoting
