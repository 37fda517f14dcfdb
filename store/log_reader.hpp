#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "store/recent_log.hpp"
#include "store/segment_files.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace apogee::store {

/// Reads bytes of the log by position; shared by any number of threads. It
/// does not know how far the log is written: behind that the bytes are zeros or
/// half a record, so callers ask only for positions that they were told of.
class log_reader {
public:
  log_reader(std::shared_ptr<segment_files> segments,
             std::shared_ptr<const recent_log> recent);

  /// Fills `out` from `position` on; may wait for the disk. Fails with
  /// errc::offset_out_of_range below the log's start or behind its last
  /// segment, errc::corrupt when a file is shorter than it should be, and
  /// errc::io_error.
  result<void> read(log_position position, std::span<std::byte> out) const;

  /// A hint: the bytes [position, end) will be read soon, as far as they are
  /// still kept. REQUIRES: they were written; behind the log's end it would
  /// fill the page cache with zeros.
  void prefetch(log_position position, log_position end) const;

  /// Never waits for the disk: false, and `out` undefined, unless the bytes are
  /// among the newest, which are kept in memory.
  bool read_recent(log_position position, std::span<std::byte> out) const {
    return recent_->read(position, out);
  }

  /// As read_recent(), of bytes that the machine has in memory; see
  /// file::read_cached().
  bool read_cached(log_position position, std::span<std::byte> out) const;

  /// Segment that holds `position`; errc::offset_out_of_range.
  result<located_position> locate(log_position position) const;

  /// First byte that is still kept.
  log_position start() const;

private:
  std::shared_ptr<segment_files> segments_;
  std::shared_ptr<const recent_log> recent_;
};

} // namespace apogee::store
