#include "messages/remoting_bodies/json_writer.hpp"

#include "messages/remoting_bodies/unicode.hpp"

#include <charconv>
#include <cmath>

namespace apogee::remoting {

namespace {

/// The letter of a short escape, or 0.
char short_escape(char c) {
  switch (c) {
  case '"':
  case '\\':
    return c;
  case '\b':
    return 'b';
  case '\f':
    return 'f';
  case '\n':
    return 'n';
  case '\r':
    return 'r';
  case '\t':
    return 't';
  default:
    return 0;
  }
}

/// Bytes that may stand in a text as they are, seen alone.
bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

} // namespace

void json_writer::put_text(std::string_view text) {
  separate();
  out_ += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain]))
      ++plain;
    out_ += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty())
      break;
    const auto step = next_code_point(text);
    if (const auto letter = short_escape(text.front())) {
      out_ += '\\';
      out_ += letter;
    } else if (step.code_point < 0x20 || step.code_point == 0x7F) {
      append_utf16_escape(out_, step.code_point);
    } else {
      append_utf8(out_, step.code_point);
    }
    text.remove_prefix(step.bytes);
  }
  out_ += '"';
}

void json_writer::put_decimal(double x) {
  // JSON has no word for what is no number, and its readers want a number.
  if (!std::isfinite(x))
    x = 0;
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof(digits), x).ptr;
  std::string text{digits, end};
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  put_bare(text);
}

} // namespace apogee::remoting
