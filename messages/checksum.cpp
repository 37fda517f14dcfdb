#include "messages/checksum.hpp"

#include <algorithm>
#include <isa-l/crc.h>

namespace apogee {

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t previous) {
  // The library takes and returns the register before its final inversion, a
  // length as int, and a pointer that it does not write through.
  auto state = ~previous;
  while (!bytes.empty()) {
    const auto part = std::min(bytes.size(), std::size_t{1} << 30);
    auto* data =
      reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
    state = crc32_iscsi(data, static_cast<int>(part), state);
    bytes = bytes.subspan(part);
  }
  return ~state;
}

std::uint32_t crc32(std::span<const std::byte> bytes) {
  return crc32_gzip_refl(
    0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

} // namespace apogee
