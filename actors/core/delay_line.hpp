#pragma once

#include "messages/ids.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace apogee::core {

/// One delay level: which of its messages to read, and when they are due. They
/// all wait equally long, so they are due in the order in which they came.
///
/// What was read is held until it is delivered; nothing more is read before
/// that, which bounds memory and keeps the order. Times are milliseconds since
/// 1970.
class delay_line {
public:
  /// A message that was read.
  struct held {
    queue_offset offset;
    std::int64_t store_time_ms = 0;
  };

  /// Everything before `next` was delivered.
  delay_line(std::chrono::milliseconds delay, queue_offset next)
    : delay_ms_(delay.count()), next_(next) {}

  /// There is a message that was not read, stored at this time: when nothing
  /// else waits, it is not read before it is due.
  void stored(std::int64_t store_time_ms) {
    if (!has_more_ && held_.empty() && !is_reading_)
      look_at_ms_ = store_time_ms + delay_ms_;
    has_more_ = true;
  }

  /// There may be messages that were not read; nobody knows of when.
  void look() {
    has_more_ = true;
    look_at_ms_ = 0;
  }

  /// Where to read now. Until read() nothing more is asked for.
  std::optional<queue_offset> to_read(std::int64_t now_ms) {
    if (!has_more_ || is_reading_ || !held_.empty() || now_ms < look_at_ms_)
      return {};
    is_reading_ = true;
    has_more_ = false;
    return next_;
  }

  /// What to_read() brought, in order; `next` is behind the last one, `end`
  /// where the queue ended.
  void read(std::deque<held> messages, queue_offset next, queue_offset end) {
    is_reading_ = false;
    held_ = std::move(messages);
    if (held_.empty())
      next_ = next;
    if (next < end)
      look();
  }

  /// Nothing could be read; to be tried again then.
  void read_failed(std::int64_t again_at_ms) {
    is_reading_ = false;
    has_more_ = true;
    look_at_ms_ = again_at_ms;
  }

  /// How many of the messages that are held to deliver now, from the first one.
  /// Until delivered() there are no others.
  std::size_t to_deliver(std::int64_t now_ms) {
    if (is_delivering_ || now_ms < deliver_at_ms_)
      return 0;
    std::size_t count = 0;
    while (count < held_.size() && due_at_ms(held_[count]) <= now_ms)
      ++count;
    is_delivering_ = count > 0;
    return count;
  }

  /// The first so many are where they belong.
  void delivered(std::size_t count) {
    is_delivering_ = false;
    for (; count > 0; --count) {
      next_ = {held_.front().offset.value + 1};
      held_.pop_front();
    }
  }

  /// They are not; to be tried again then.
  void delivery_failed(std::int64_t again_at_ms) {
    is_delivering_ = false;
    deliver_at_ms_ = again_at_ms;
  }

  /// When to ask again; never while nothing waits, or something is under way.
  std::optional<std::int64_t> wake_at_ms() const {
    if (is_delivering_ || is_reading_)
      return {};
    if (!held_.empty())
      return std::max(due_at_ms(held_.front()), deliver_at_ms_);
    if (has_more_)
      return look_at_ms_;
    return {};
  }

  /// Everything before it was delivered.
  queue_offset next() const { return next_; }

private:
  std::int64_t due_at_ms(const held& one) const {
    return one.store_time_ms + delay_ms_;
  }

  std::int64_t delay_ms_;
  queue_offset next_;
  std::deque<held> held_;
  bool is_reading_ = false;
  bool is_delivering_ = false;
  std::int64_t deliver_at_ms_ = 0; // after a failure
  bool has_more_ = false;
  std::int64_t look_at_ms_ = 0;
};

} // namespace apogee::core
