#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "messages/record.hpp"
#include "store/file.hpp"
#include "store/flush_job.hpp"
#include "store/log_reader.hpp"
#include "store/log_recovery.hpp"
#include "store/segment_files.hpp"
#include "store/write_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace apogee::store {

/// The log's one writer. One thread at a time calls it, except where a function
/// says any thread. Bytes are staged into memory, written in one go, and
/// flushed by jobs on another thread:  staged ≥ written ≥ flushed.
class commit_log {
public:
  /// Opens the log in `where`, replaying it from what the views have applied:
  /// it ends before the first record that is not sound, what follows is saved
  /// beside the log and cut off, and everything kept is flushed before this
  /// returns. Fails with errc::corrupt when a segment is missing or too short,
  /// or when the views are ahead of the log; disk_full, read_only, io_error.
  static result<std::unique_ptr<commit_log>>
  open(std::shared_ptr<directory> where, log_options options,
       recovery_start known, recovery_progress progress = {});

  const recovery_report& recovery() const { return recovery_; }

  /// Makes sure that `bytes` (the sum of record_size() of what will be staged)
  /// fit into the present segment, going over to the next one when they do not.
  /// errc::disk_full: there is no space for another segment; nothing is lost,
  /// what was staged before can be written, and a later call may succeed.
  /// errc::message_too_large: over 1 GiB. Otherwise the failure of an earlier
  /// write or flush.
  result<void> reserve(std::uint64_t bytes);

  /// Encodes one record behind the last one; returns its position. REQUIRES: a
  /// reserve() that covers it; an epoch not below the last record's.
  log_position stage(const record_fields& fields,
                     std::span<const std::byte> body);

  /// Bytes staged and not written.
  std::uint64_t staged_bytes() const;

  /// Behind the last staged record.
  log_position end() const { return end_; }

  /// Behind the last written record: survives the death of the process.
  log_position written() const { return written_; }

  /// Writes everything staged with one positioned write, one more per segment
  /// begun in between; returns the new written(). After a failure the log has
  /// failed for good: every later call answers that failure (storage_failed or
  /// disk_full).
  result<log_position> write();

  /// What must be flushed so that everything written so far survives a loss of
  /// power; also prepares the next segment when the present one is half full.
  /// A job that was taken and never given back (its thread died) is contained
  /// in the next one.
  flush_job take_flush_job();

  /// Takes back a job that was run and moves flushed(); the log fails for good
  /// when the job did. A job that was not run changes nothing.
  void complete(flush_job&& job);

  /// Position up to which everything survives a loss of power.
  log_position flushed() const { return flushed_; }

  /// Why the log has failed for good; errc::none while it has not.
  const failure& failed() const { return failed_; }

  /// First byte that is kept. Any thread.
  log_position start() const;

  /// The folder of its files.
  directory& folder() const { return *segments_->directory(); }

  /// All segments, oldest first; the last one is being written. Any thread.
  std::vector<segment_info> segments() const;

  /// Removes the segments that lie wholly before `position`, never the present
  /// one; returns the new start. May block: any thread. REQUIRES: the views
  /// have applied everything before `position`.
  result<log_position> remove_segments_before(log_position position);

  /// For any number of threads; outlives the log.
  std::shared_ptr<log_reader> reader() const { return reader_; }

private:
  struct staged_run {
    std::shared_ptr<store::file> file;
    std::uint64_t at = 0;         // byte in the file
    log_position position;        // the same byte in the log
    std::size_t buffer_first = 0; // its bytes in the write buffer
  };

  struct dirty_file {
    std::shared_ptr<store::file> file;
    log_position written; // behind the last byte written to it
  };

  commit_log(recovered_log recovered, log_options options);

  result<void> roll_over(std::uint64_t bytes);
  void end_segment();
  std::span<std::byte> stage_bytes(std::size_t size_bytes);
  result<void> write_run(std::size_t index);
  void fail(const failure& why);

  std::shared_ptr<segment_files> segments_;
  std::shared_ptr<recent_log> recent_;
  std::shared_ptr<log_reader> reader_;
  log_options options_;
  recovery_report recovery_;
  failure failed_;

  log_position segment_first_;
  log_position segment_end_;
  std::shared_ptr<file> segment_file_;
  std::shared_ptr<segment_preparation> next_segment_;

  log_position end_;
  log_position written_;
  log_position flushed_;
  epoch last_epoch_;
  std::int64_t newest_store_time_ms_ = 0;
  write_buffer buffer_;
  std::vector<staged_run> runs_;
  std::vector<dirty_file> dirty_;
};

} // namespace apogee::store
