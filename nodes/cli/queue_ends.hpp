#pragma once

#include "actors/client/message.hpp"

#include <map>

namespace apogee::cli {

/// Where the queues of a topic ended at one moment, and whether a group has
/// come that far, by messages received here and by what its brokers say.
class queue_ends {
public:
  /// A queue whose messages are min_offset .. max_offset - 1.
  void add(const client::topic_queue& queue, queue_offset min_offset,
           queue_offset max_offset) {
    if (min_offset < max_offset)
      unread_.emplace(queue, max_offset);
  }

  void received(const client::topic_queue& queue, queue_offset offset) {
    group_is_at(queue, {offset.value + 1});
  }

  /// The next message that the group will consume.
  void group_is_at(const client::topic_queue& queue, queue_offset next) {
    const auto found = unread_.find(queue);
    if (found != unread_.end() && next >= found->second)
      unread_.erase(found);
  }

  bool are_reached() const { return unread_.empty(); }

private:
  std::map<client::topic_queue, queue_offset> unread_;
};

} // namespace apogee::cli
