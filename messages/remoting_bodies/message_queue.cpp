#include "messages/remoting_bodies/message_queue.hpp"

#include "messages/remoting_bodies/json_fields.hpp"
#include "messages/remoting_bodies/json_writer.hpp"

namespace apogee::remoting {

void read(json_fields& in, message_queue& out) {
  in.require("topic", out.topic);
  in.read("brokerName", out.broker_name);
  in.read("queueId", out.queue_id);
}

void write(json_writer& out, const message_queue& x) {
  out.put_map("brokerName", x.broker_name, "queueId", x.queue_id, "topic",
              x.topic);
}

} // namespace apogee::remoting
