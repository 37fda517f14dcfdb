#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace apogee {

/// CRC32C (Castagnoli) of `bytes`, continuing from `previous`, which is the
/// checksum of what came before.
std::uint32_t crc32c(std::span<const std::byte> bytes,
                     std::uint32_t previous = 0);

/// CRC-32 as zlib computes it, which RocketMQ's formats hold.
std::uint32_t crc32(std::span<const std::byte> bytes);

} // namespace apogee
