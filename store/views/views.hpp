#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "messages/topic_info.hpp"
#include "store/lmdb.hpp"
#include "store/log_cursor.hpp"
#include "store/log_reader.hpp"
#include "store/views/consume_queues.hpp"
#include "store/views/group_offsets.hpp"
#include "store/views/groups.hpp"
#include "store/views/topics.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace apogee::store {

struct view_tables;
struct view_changes;

/// What one call of views::apply() did.
struct apply_summary {
  log_position applied;
  std::uint64_t records = 0;
  bool at_end = false; ///< the cursor has reached its limit
  /// Records whose body does not decode, or names what is not there: they
  /// change nothing.
  std::uint64_t skipped = 0;
};

/// Everything that is derived from the log, in one LMDB environment, committed
/// together with the position up to which the log was applied. Deleting the
/// folder loses nothing: the views are then filled again from the log and from
/// what log_start.hpp keeps of its past.
class views {
public:
  /// Opens the views in folder `path`, creating it when it is missing. Takes as
  /// long with a terabyte of log as with none. errc::corrupt (with the remedy),
  /// disk_full, read_only, io_error.
  static result<std::unique_ptr<views>> open(const std::string& path,
                                             std::uint64_t map_size_bytes);
  ~views();

  views(const views&) = delete;
  views& operator=(const views&) = delete;

  /// Up to here the log is in the views, safe against loss of power. Any
  /// thread.
  log_position applied() const {
    return {applied_.load(std::memory_order_acquire)};
  }

  /// Epoch of the last record applied. Any thread.
  epoch last_epoch() const {
    return {last_epoch_.load(std::memory_order_acquire)};
  }

  // -- one writer thread ----------------------------------------------------

  /// Applies records until the cursor is at its limit or `bytes_max` bytes of
  /// log were applied, and commits them in one transaction. REQUIRES: the
  /// cursor stands at applied(), or at the log's start while applied() is 0.
  /// Fails with what the cursor fails with, errc::corrupt (offsets of a queue
  /// are not dense), errc::disk_full or errc::storage_failed. After a failure
  /// nothing of this call was applied, and a new cursor is needed.
  result<apply_summary> apply(log_cursor& records, std::uint64_t bytes_max);

  /// Fills views that have applied nothing with a start state; afterwards they
  /// have applied the log up to its position. Fails with errc::corrupt (also
  /// when that lies before `log_start`, so that log is missing in between) or
  /// version_mismatch (nothing is changed then), or as apply().
  result<void> restore(std::span<const std::byte> start_state,
                       log_position log_start);

  /// Removes index entries of what lies before `start`, and what is left of
  /// deleted topics, looking at `queues_max` queues at most. Returns true when
  /// there is nothing left to remove.
  result<bool> forget_before(log_position start, std::size_t queues_max);

  // -- any thread -----------------------------------------------------------

  /// Everything that views filled by the log from `position` on would lack:
  /// topics, groups, offsets, epochs, and where each queue goes on. REQUIRES:
  /// all before `position` is applied, and a record or a segment starts there.
  result<std::vector<std::byte>> start_state(log_position position) const;

  /// Behind the newest applied message; 0 when there was none.
  result<queue_offset> queue_end(queue_id queue) const;

  /// The oldest message at or behind `log_start`; queue_end() when none is
  /// left.
  result<queue_offset> queue_begin(queue_id queue,
                                   log_position log_start) const;

  /// Up to `count_max` entries, contiguous from `from`; none when `from` is
  /// queue_end(). Fails with errc::offset_out_of_range when the entry at `from`
  /// is no longer or not yet there.
  result<std::vector<index_entry>> find(queue_id queue, queue_offset from,
                                        std::uint32_t count_max) const;

  /// First message stored at or after `store_time_ms`; queue_end() when all are
  /// older. May block: reads record headers.
  result<queue_offset> offset_at_time(queue_id queue,
                                      std::int64_t store_time_ms,
                                      const log_reader& log,
                                      log_position log_start) const;

  /// Topics that are not deleted, by id.
  result<std::vector<topic_info>> topics() const;

  /// The lowest id that no topic ever had, at least 1.
  result<std::uint32_t> topic_id_next() const;

  /// Groups that are not deleted, by name.
  result<std::vector<group_config>> groups() const;

  /// Where a group goes on, by queue; only queues with a commit.
  result<std::vector<group_offset>>
  group_offsets(const std::string& group) const;

private:
  views(std::unique_ptr<lmdb::environment> environment,
        std::unique_ptr<view_tables> tables);

  result<void> load();

  std::unique_ptr<lmdb::environment> environment_;
  std::unique_ptr<view_tables> tables_;
  std::atomic<std::uint64_t> applied_{0};
  std::atomic<std::uint64_t> last_epoch_{0};

  // The writer's own.
  topic_states topic_states_;
  queue_sweep sweep_;
};

} // namespace apogee::store
