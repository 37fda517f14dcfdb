#pragma once

#include <cstdint>
#include <cstring>

/// Looking at eight characters of a text at once. Headers are read and written
/// for every message, and most of their text is neither a quote nor an escape.
namespace apogee::remoting {

constexpr std::uint64_t every_byte(unsigned char c) {
  return 0x0101010101010101u * c;
}

inline std::uint64_t load_word(const char* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

/// The highest bit of each byte of `word` that is less than `limit`; right up
/// to the first (lowest) of them. REQUIRES: limit <= 128.
constexpr std::uint64_t bytes_below(std::uint64_t word, unsigned char limit) {
  return (word - every_byte(limit)) & ~word & every_byte(0x80);
}

/// The same of each byte that is `c`.
constexpr std::uint64_t bytes_equal(std::uint64_t word, unsigned char c) {
  return bytes_below(word ^ every_byte(c), 1);
}

} // namespace apogee::remoting
