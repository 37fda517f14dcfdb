#pragma once

#include "messages/errors.hpp"
#include "messages/remoting_bodies/message_queue.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// Codes 41 and 42: an ordered consumer takes queues for itself or gives them
/// back.
struct queue_lock_request {
  std::string client_id;
  std::string group;
  std::vector<message_queue> queues;
  bool only_this_broker = false;
};

result<queue_lock_request> parse_queue_lock_request(std::string_view body);

/// Answer of 41: the queues that are now the client's.
std::string write_queue_lock_result(const std::vector<message_queue>& locked);

} // namespace apogee::remoting
