#include "messages/remoting_bodies/unicode.hpp"

#include <charconv>
#include <cstdint>

namespace apogee::remoting {

namespace {

bool is_surrogate(char32_t unit) {
  return unit >= 0xD800 && unit <= 0xDFFF;
}

bool is_upper_half(char32_t unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}

bool is_lower_half(char32_t unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

std::optional<char32_t> read_unit(std::string_view text, std::size_t at) {
  if (at > text.size() || text.size() - at < 4)
    return std::nullopt;
  std::uint32_t unit = 0;
  const auto* first = text.data() + at;
  const auto [end, error] = std::from_chars(first, first + 4, unit, 16);
  if (error != std::errc{} || end != first + 4)
    return std::nullopt;
  return unit;
}

void append_unit(std::string& out, char32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += digits[(unit >> shift) & 15];
}

} // namespace

void append_utf8(std::string& out, char32_t code_point) {
  if (is_surrogate(code_point) || code_point > 0x10FFFF)
    code_point = replacement_character;
  const auto add = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xC0 | (code_point >> 6));
    add(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    add(0xE0 | (code_point >> 12));
    add(0x80 | ((code_point >> 6) & 0x3F));
    add(0x80 | (code_point & 0x3F));
  } else {
    add(0xF0 | (code_point >> 18));
    add(0x80 | ((code_point >> 12) & 0x3F));
    add(0x80 | ((code_point >> 6) & 0x3F));
    add(0x80 | (code_point & 0x3F));
  }
}

utf8_step next_code_point(std::string_view text) {
  const auto byte_at = [&](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const auto first = byte_at(0);
  if (first < 0x80)
    return {first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes)
    return {};
  char32_t code_point = first & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte_at(i) & 0xC0) != 0x80)
      return {};
    code_point = (code_point << 6) | (byte_at(i) & 0x3Fu);
  }
  // The shortest form only, no halves of pairs, nothing beyond Unicode.
  constexpr char32_t smallest[] = {0x80, 0x800, 0x10000};
  if (code_point < smallest[bytes - 2] || is_surrogate(code_point)
      || code_point > 0x10FFFF)
    return {};
  return {code_point, bytes};
}

std::optional<char32_t> read_utf16_escape(std::string_view text,
                                          std::size_t& at) {
  const auto unit = read_unit(text, at);
  if (!unit)
    return std::nullopt;
  at += 4;
  if (!is_surrogate(*unit))
    return unit;
  if (is_upper_half(*unit) && text.substr(at, 2) == "\\u") {
    const auto lower = read_unit(text, at + 2);
    if (lower && is_lower_half(*lower)) {
      at += 6;
      return 0x10000 + ((*unit - 0xD800) << 10) + (*lower - 0xDC00);
    }
  }
  return replacement_character;
}

void append_utf16_escape(std::string& out, char32_t code_point) {
  if (code_point < 0x10000) {
    append_unit(out, code_point);
    return;
  }
  append_unit(out, 0xD800 + ((code_point - 0x10000) >> 10));
  append_unit(out, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
}

} // namespace apogee::remoting
