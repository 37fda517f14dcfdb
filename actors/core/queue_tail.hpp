#pragma once

#include "messages/ids.hpp"
#include "messages/record.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace apogee::core {

/// The young end of one queue: which offsets are given out, where their
/// records stand, and up to which offset consumers may see them.
///
/// Problem: a message may be seen once it is safe at the level its sender
/// asked for, but levels differ from message to message, and a queue is read
/// in order. So the visible end stands before the first message that is not
/// yet safe at its own level. Entries leave the tail once the views know them.
///
/// Invariant: first() ≤ visible_end() ≤ written end ≤ next().
class queue_tail {
public:
  struct entry {
    log_position position;
    std::uint32_t size_bytes = 0;
    std::uint32_t tag_hash = 0;
    ack_level level = ack_level::memory;
  };

  struct located {
    queue_offset offset;
    log_position position;
    std::uint32_t size_bytes = 0;
    std::uint32_t tag_hash = 0;
  };

  /// A queue whose messages before `next` are all in the views.
  explicit queue_tail(queue_offset next);

  /// Gives out `count` offsets; returns the first.
  queue_offset assign(std::uint32_t count);

  /// Takes back every offset from `first` on; none of them was written.
  void rewind(queue_offset first);

  /// The messages from the written end on are in the log.
  void written(const std::vector<entry>& entries);

  /// Everything before `flushed` is on disk. Returns true when the visible
  /// end has moved.
  bool advance(log_position flushed);

  /// Forgets entries before `applied`, which the views hold.
  void evict(log_position applied);

  /// Visible messages from `from` on. Empty when `from` is not in the tail or
  /// not visible.
  std::vector<located> find(queue_offset from, std::uint32_t count_max) const;

  queue_offset first() const { return first_; }

  queue_offset visible_end() const { return visible_; }

  queue_offset next() const { return next_; }

  bool is_empty() const { return entries_.empty() && next_ == first_; }

private:
  queue_offset written_end() const { return {first_.value + entries_.size()}; }

  queue_offset first_; // of entries_
  queue_offset visible_;
  queue_offset next_;
  std::deque<entry> entries_;
};

} // namespace apogee::core
