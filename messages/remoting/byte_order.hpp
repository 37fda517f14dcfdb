#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

/// Integers as they stand on RocketMQ's wire: most significant byte first.
namespace apogee::remoting {

/// Swaps between the wire's order and the processor's.
template <std::integral T>
T big_endian(T value) {
  if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1)
    return value;
  else if constexpr (sizeof(T) == 2)
    return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
  else if constexpr (sizeof(T) == 4)
    return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  else
    return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
}

/// REQUIRES: sizeof(T) bytes at `from`.
template <std::integral T>
T load_integer(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return big_endian(value);
}

/// Writes `value` at `to` and returns what is behind it.
template <std::integral T>
char* store_integer(char* to, std::type_identity_t<T> value) {
  const T swapped = big_endian<T>(value);
  std::memcpy(to, &swapped, sizeof(T));
  return to + sizeof(T);
}

/// Takes values off the front of bytes whose size a peer may have lied about.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : left_(bytes) {}

  /// False when too few bytes are left; then nothing is taken.
  template <std::integral T>
  [[nodiscard]] bool read(T& value) {
    if (left_.size() < sizeof(T))
      return false;
    value = load_integer<T>(left_.data());
    left_.remove_prefix(sizeof(T));
    return true;
  }

  /// As above; `size` is as it was read, so it may be negative.
  [[nodiscard]] bool read(std::string_view& bytes, std::int64_t size) {
    if (size < 0 || static_cast<std::uint64_t>(size) > left_.size())
      return false;
    bytes = left_.substr(0, static_cast<std::size_t>(size));
    left_.remove_prefix(bytes.size());
    return true;
  }

  std::string_view left() const { return left_; }

private:
  std::string_view left_;
};

} // namespace apogee::remoting
