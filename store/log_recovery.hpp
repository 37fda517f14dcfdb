#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "store/file.hpp"
#include "store/segment_files.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace apogee::store {

struct log_options {
  /// Size of a new segment's file; rounded up to 4 KiB, 4 KiB less than 4 GiB
  /// at most. A group of records that is larger gets a larger segment.
  std::uint64_t segment_size_bytes = std::uint64_t{1} << 30;
  /// Newest part of the log that is kept in memory.
  std::uint64_t recent_bytes = 16u << 20;
};

/// What the views know of the log; zeros when there are no views yet.
struct recovery_start {
  log_position applied;
  epoch last_epoch;
};

/// What opening the log found.
struct recovery_report {
  log_position start;        ///< first byte that is kept
  log_position from;         ///< replay began here
  log_position end;          ///< behind the last sound record
  std::uint64_t records = 0; ///< between from and end
  epoch last_epoch;
  std::uint64_t cut_bytes = 0; ///< 0: the log ended cleanly
  std::string cut_reason;
  std::string cut_file; ///< path of the first 64 MiB of what was cut
};

/// Called now and then during a long replay.
using recovery_progress =
  std::function<void(log_position done, log_position end)>;

/// A log that is sound up to report.end, which lies in the last segment, and
/// zero behind.
struct recovered_log {
  std::shared_ptr<segment_files> segments;
  recovery_report report;
};

/// Size of the file of a segment that is to hold `bytes` at least.
std::uint64_t segment_file_size(const log_options& options,
                                std::uint64_t bytes);

/// Finds the log's segments in `where` and its end: see commit_log::open().
result<recovered_log> recover_log(std::shared_ptr<directory> where,
                                  const log_options& options,
                                  const recovery_start& known,
                                  const recovery_progress& progress);

} // namespace apogee::store
