#pragma once

#include "store/lmdb.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

/// Numbers in keys are big-endian, so that LMDB's byte order is theirs; numbers
/// in values are little-endian, the machine's own.
namespace apogee::store {

template <std::unsigned_integral T>
void write_big_endian(std::byte* out, T value) {
  for (std::size_t i = sizeof(T); i > 0; --i) {
    out[i - 1] = static_cast<std::byte>(value & 0xff);
    value = static_cast<T>(value >> 7 >> 1);
  }
}

template <std::unsigned_integral T>
T read_big_endian(const std::byte* in) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>((value << 7 << 1) | std::to_integer<T>(in[i]));
  return value;
}

/// Values of LMDB have no alignment. REQUIRES: sizeof(T) bytes at `in`.
template <class T>
T read_value(const std::byte* in) {
  T value;
  std::memcpy(&value, in, sizeof(T));
  return value;
}

template <class T>
lmdb::bytes value_bytes(const T& value) {
  return std::as_bytes(std::span{&value, 1});
}

} // namespace apogee::store
