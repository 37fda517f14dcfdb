#pragma once

#include <cstdint>
#include <string>

/// What the disk can do at all, by the plainest possible program.
namespace apogee::benchmarks {

/// Median time of writing `bytes` to a preallocated file and flushing it, in
/// microseconds.
double flush_floor_us(const std::string& folder, std::uint64_t bytes,
                      int count);

/// Bytes per second of writing `total` in groups of 1 MiB to a preallocated
/// file, with a flush after every `flush_every` bytes (0: none).
double write_floor(const std::string& folder, std::uint64_t total,
                   std::uint64_t flush_every);

/// Bytes per second of reading all log segments under `folder` one after the
/// other, 1 MiB at a time.
double read_floor(const std::string& folder);

/// Throws the log segments under `folder` out of the page cache.
void drop_caches(const std::string& folder);

/// Sum of the bytes that are used by the files under `folder`.
std::uint64_t used_bytes(const std::string& folder);

} // namespace apogee::benchmarks
