#pragma once

#include "messages/errors.hpp"
#include "messages/remoting_bodies/client_names.hpp"
#include "messages/remoting_bodies/message_queue.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// Code 400: which queues of a topic are this member's?
struct assignment_request {
  std::string client_id;
  std::string group;
  std::string topic;
  std::string strategy; ///< "AVG", "AVG_BY_CIRCLE", …
  message_model model = message_model::clustering;
};

result<assignment_request> parse_assignment_request(std::string_view body);

/// In mode pop, queue id -1 is any queue of the broker.
struct queue_assignment {
  message_queue queue;
  request_mode mode = request_mode::pull;
};

/// Answer of 400.
std::string write_assignments(const std::vector<queue_assignment>& assignments);

} // namespace apogee::remoting
