#include "messages/remoting_bodies/assignment.hpp"

#include "messages/remoting_bodies/json_fields.hpp"
#include "messages/remoting_bodies/json_writer.hpp"

namespace apogee::remoting {

static void read(json_fields& in, assignment_request& out) {
  in.require("clientId", out.client_id);
  in.require("consumerGroup", out.group);
  in.require("topic", out.topic);
  in.read("strategyName", out.strategy);
  in.read("messageModel", out.model, message_model_names);
}

result<assignment_request> parse_assignment_request(std::string_view body) {
  return parse_body<assignment_request>("assignment", body);
}

static void write(json_writer& out, const queue_assignment& x) {
  out.put_map("attachments", nullptr, "messageQueue", x.queue, "mode",
              name_of(x.mode, request_mode_names));
}

std::string
write_assignments(const std::vector<queue_assignment>& assignments) {
  return write_map_body("messageQueueAssignments", assignments);
}

} // namespace apogee::remoting
