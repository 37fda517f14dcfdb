#include "messages/remoting_bodies/queue_locks.hpp"

#include "messages/remoting_bodies/json_fields.hpp"
#include "messages/remoting_bodies/json_writer.hpp"

namespace apogee::remoting {

static void read(json_fields& in, queue_lock_request& out) {
  in.require("clientId", out.client_id);
  in.require("consumerGroup", out.group);
  in.read("mqSet", out.queues);
  in.read("onlyThisBroker", out.only_this_broker);
}

result<queue_lock_request> parse_queue_lock_request(std::string_view body) {
  return parse_body<queue_lock_request>("queue lock", body);
}

std::string write_queue_lock_result(const std::vector<message_queue>& locked) {
  return write_map_body("lockOKMQSet", locked);
}

} // namespace apogee::remoting
