#pragma once

#include "messages/ids.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>

namespace apogee::store {

/// The newest bytes of the log, kept in memory for consumers that keep up.
///
/// Why not read the page cache: near the log's end the kernel reads ahead into
/// what is only preallocated and fills up to the device's read-ahead (8 MiB are
/// common) with zeros, in the thread that asked, also with RWF_NOWAIT. That is
/// 18 ms in the I/O thread for every 8 MiB written.
///
/// A ring of fixed size; its memory is touched as the log grows. Any thread.
class recent_log {
public:
  explicit recent_log(std::size_t capacity_bytes);

  /// Takes what was just written. Bytes that do not follow the ones before (a
  /// segment's unused end is skipped) start anew.
  void add(log_position position, std::span<const std::byte> bytes);

  /// Fills `out` from `position` on; false, and `out` undefined, unless all of
  /// it is kept.
  bool read(log_position position, std::span<std::byte> out) const;

private:
  void copy_in(log_position position, std::span<const std::byte> bytes);

  mutable std::mutex mutex_;
  std::size_t capacity_;
  std::unique_ptr<std::byte[]> ring_;
  log_position first_; // kept: [first_, end_)
  log_position end_;
};

} // namespace apogee::store
