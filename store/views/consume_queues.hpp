#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "store/lmdb.hpp"
#include "store/log_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace apogee::store {

/// Where a queue's message lies in the log.
struct index_entry {
  queue_offset offset;
  log_position position;
  std::uint32_t size_bytes = 0; ///< of the record; never 0
  std::uint32_t tag_hash = 0;

  auto operator<=>(const index_entry&) const = default;
};

/// How far a sweep over all queues has come.
struct queue_sweep {
  log_position start; ///< what lies before is removed
  queue_id next;      ///< where the sweep goes on
  bool running = false;
};

/// The view from (queue, offset) to the log. A queue is a row of chunks of 255
/// entries each, so that a full chunk fills one page of LMDB; an idle queue
/// costs its last chunk and nothing else. The last chunk of a queue is never
/// removed, since it says which offset is next.
class consume_queues {
public:
  static constexpr std::uint64_t chunk_entries = 255;

  explicit consume_queues(lmdb::table chunks) : chunks_(chunks) {}

  /// Appends `entries`, which are contiguous. Fails with errc::corrupt when
  /// they do not follow what is there.
  result<void> append(lmdb::write_transaction& in, queue_id queue,
                      const std::vector<index_entry>& entries) const;

  /// See views.
  result<queue_offset> end(const lmdb::transaction& in, queue_id queue) const;
  result<queue_offset> begin(const lmdb::transaction& in, queue_id queue,
                             log_position log_start) const;
  result<std::vector<index_entry>> find(const lmdb::transaction& in,
                                        queue_id queue, queue_offset from,
                                        std::uint32_t count_max) const;

  /// The oldest message at or behind `log_start` of every queue.
  result<std::vector<std::pair<queue_id, queue_offset>>>
  begins(const lmdb::transaction& in, log_position log_start) const;

  /// Makes a queue without entries go on at `offset`.
  result<void> start_at(lmdb::write_transaction& in, queue_id queue,
                        queue_offset offset) const;

  /// One entry; nullopt when it is not there.
  result<std::optional<index_entry>>
  get(const lmdb::transaction& in, queue_id queue, queue_offset offset) const;

  /// Goes on with a sweep: looks at `queues_max` queues at most and removes
  /// `chunks_max` chunks at most.
  result<void> sweep(lmdb::write_transaction& in, queue_sweep& state,
                     std::size_t queues_max, std::size_t chunks_max) const;

  /// Removes the queues of a topic, `chunks_max` chunks at most; takes what it
  /// removed off `chunks_max`. Returns true when nothing is left.
  result<bool> erase_topic(lmdb::write_transaction& in, topic_id topic,
                           std::size_t& chunks_max) const;

private:
  lmdb::table chunks_;
};

} // namespace apogee::store
