#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "store/file.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::store {

/// One file of the log, as retention sees it.
struct segment_info {
  log_position first;
  std::uint64_t size_bytes = 0;
  /// Of its newest record, as far as this process wrote or replayed it.
  std::optional<std::int64_t> newest_store_time_ms;
  /// Time of the last write to the file.
  std::int64_t modified_ms = 0;
};

/// Where a position of the log lies.
struct located_position {
  std::shared_ptr<store::file> file;
  std::uint64_t at = 0; ///< byte in the file
  log_position segment_first;
  log_position segment_end; ///< where the next segment starts
};

/// Name of the file of the segment that starts at `first`: its position as 20
/// decimal digits and ".log".
std::string segment_name(log_position first);

/// The inverse of segment_name(); nullopt for names of other files.
std::optional<log_position> parse_segment_name(std::string_view name);

/// The segments of one log, oldest first, without gaps: which file holds a
/// position. Shared by the writer and all readers; any thread. Keeps the newest
/// segment's file open and a bounded number of others.
class segment_files {
public:
  /// Most descriptors that are kept open for reading old segments.
  static constexpr std::size_t open_files_max = 64;

  explicit segment_files(std::shared_ptr<store::directory> directory);

  /// Appends a segment. REQUIRES: it starts where the last one ends.
  void add(log_position first, std::uint64_t size_bytes,
           std::shared_ptr<file> opened);

  /// Changes the size of the last segment.
  void resize_last(std::uint64_t size_bytes);

  /// Forgets the last segment, whose file was removed.
  void remove_last();

  /// Where `position` lies. Fails with errc::offset_out_of_range below the
  /// first segment and at or behind the end of the last one.
  result<located_position> locate(log_position position);

  /// The last segment; `at` is 0. REQUIRES: there is one.
  result<located_position> last();

  /// First position of the oldest segment. REQUIRES: there is one.
  log_position start() const;

  /// Position behind the last segment.
  log_position end() const;

  std::vector<segment_info> list() const;

  void note_store_time(log_position position, std::int64_t store_time_ms);

  /// Forgets the segments that end at or before `position`, except the last
  /// one, removes their files, oldest first, and syncs the folder. Returns the
  /// new start. Reads in progress go on unharmed. A file that cannot be removed
  /// stays in the log, with all behind it, and is tried again by the next call.
  /// One thread at a time.
  result<log_position> remove_before(log_position position);

  const std::shared_ptr<store::directory>& directory() const {
    return directory_;
  }

private:
  struct segment {
    log_position first;
    std::uint64_t size_bytes = 0;
    std::optional<std::int64_t> newest_store_time_ms;
    std::shared_ptr<store::file> file; // null: not open
    std::uint64_t last_use = 0;
  };

  std::vector<segment>::iterator find(log_position position);
  std::optional<segment> forget_oldest(log_position position);
  result<located_position> use(segment& chosen);
  void close_least_used();

  std::shared_ptr<store::directory> directory_;
  mutable std::mutex mutex_;
  std::vector<segment> segments_;
  std::size_t open_files_ = 0;
  std::uint64_t uses_ = 0;
};

} // namespace apogee::store
