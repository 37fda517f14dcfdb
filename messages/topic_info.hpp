#pragma once

#include "messages/ids.hpp"

#include <cstdint>
#include <string>

namespace apogee {

/// A topic as its broker knows it. `deleted` ends it; its id is never reused.
struct topic_info {
  topic_id id;
  std::string name;
  std::uint32_t queues = 0;
  std::uint8_t permission = 6; ///< 4 read + 2 write
  bool deleted = false;
  std::int64_t created_ms = 0;
};

template <class Inspector>
auto inspect(Inspector& f, topic_info& x) {
  return f(x.id, x.name, x.queues, x.permission, x.deleted, x.created_ms);
}

} // namespace apogee
