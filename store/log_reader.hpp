#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
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
  explicit log_reader(std::shared_ptr<segment_files> segments);

  /// Fills `out` from `position` on; may wait for the disk. Fails with
  /// errc::offset_out_of_range below the log's start or behind its last
  /// segment, errc::corrupt when a file is shorter than it should be, and
  /// errc::io_error.
  result<void> read(log_position position, std::span<std::byte> out) const;

  /// Like read(), but returns false where read() would have to wait for the
  /// disk; `out` is then undefined.
  result<bool> read_cached(log_position position,
                           std::span<std::byte> out) const;

  /// Segment that holds `position`; errc::offset_out_of_range.
  result<located_position> locate(log_position position) const;

  /// First byte that is still kept.
  log_position start() const;

private:
  std::shared_ptr<segment_files> segments_;
};

} // namespace apogee::store
