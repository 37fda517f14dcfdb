#include "nodes/cli/encoding.hpp"

#include <cstddef>
#include <cstdint>

namespace apogee::cli {

namespace {

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

/// Bytes of the character at the start of `bytes`; 0 when there is none.
std::size_t character_size(std::string_view bytes) {
  const auto first = byte_at(bytes, 0);
  if (first < 0x80)
    return 1;
  std::size_t size = 0;
  // Bounds of the second byte: they exclude long forms, surrogates, and what
  // is behind U+10FFFF.
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    size = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    size = 3;
    low = first == 0xE0 ? 0xA0 : 0x80;
    high = first == 0xED ? 0x9F : 0xBF;
  } else if (first >= 0xF0 && first <= 0xF4) {
    size = 4;
    low = first == 0xF0 ? 0x90 : 0x80;
    high = first == 0xF4 ? 0x8F : 0xBF;
  }
  if (size == 0 || bytes.size() < size || byte_at(bytes, 1) < low
      || byte_at(bytes, 1) > high)
    return 0;
  for (std::size_t i = 2; i < size; ++i)
    if ((byte_at(bytes, i) & 0xC0) != 0x80)
      return 0;
  return size;
}

} // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = character_size(bytes);
    if (size == 0)
      return false;
    bytes.remove_prefix(size);
  }
  return true;
}

std::string replace_invalid_utf8(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const auto size = character_size(bytes);
    if (size == 0)
      out += "\xEF\xBF\xBD";
    else
      out += bytes.substr(0, size);
    bytes.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? byte_at(bytes, i + k) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= count ? digits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

} // namespace apogee::cli
