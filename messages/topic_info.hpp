#pragma once

#include "messages/ids.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

namespace apogee {

/// A topic as its broker knows it. `deleted` ends it; its id is never reused.
///
/// Queues never cease to exist: a topic that shrinks keeps what they hold, and
/// what was consumed of it, for the day it grows again.
struct topic_info {
  topic_id id;
  std::string name;
  std::uint32_t queues = 0;       ///< that exist, 0 .. queues-1
  std::uint32_t write_queues = 0; ///< producers share the first ones
  std::uint32_t read_queues = 0;  ///< consumers share the first ones
  std::uint8_t permission = 6;    ///< 4 read + 2 write + 1 inherit
  bool deleted = false;
  std::int64_t created_ms = 0;
  std::int32_t system_flag = 0; ///< RocketMQ's, for its tools
  bool is_ordered = false;      ///< as said by RocketMQ's tools
  std::map<std::string, std::string> attributes; ///< "message.type" → "FIFO"

  /// Queues that are written to: also those that are only read from now on, as
  /// producers learn of a change later than the broker.
  std::uint32_t sendable_queues() const {
    return std::max(write_queues, read_queues);
  }
};

template <class Inspector>
auto inspect(Inspector& f, topic_info& x) {
  return f(x.id, x.name, x.queues, x.write_queues, x.read_queues, x.permission,
           x.deleted, x.created_ms, x.system_flag, x.is_ordered, x.attributes);
}

} // namespace apogee
