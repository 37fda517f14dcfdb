#include "messages/remoting_bodies/heartbeat.hpp"

#include "messages/remoting_bodies/json_fields.hpp"

#include <utility>

namespace apogee::remoting {

namespace {

struct producer_data {
  std::string group;
};

void read(json_fields& in, producer_data& out) {
  in.require("groupName", out.group);
}

} // namespace

static void read(json_fields& in, consumer_data& out) {
  in.require("groupName", out.group);
  in.read("consumeType", out.type, consume_type_names);
  in.read("messageModel", out.model, message_model_names);
  in.read("consumeFromWhere", out.from, consume_from_names);
  in.read("subscriptionDataSet", out.subscriptions);
  in.read("unitMode", out.unit_mode);
}

static void read(json_fields& in, heartbeat& out) {
  in.require("clientID", out.client_id);
  in.read("consumerDataSet", out.consumers);
  std::vector<producer_data> producers;
  in.read("producerDataSet", producers);
  for (auto& producer : producers)
    out.producer_groups.push_back(std::move(producer.group));
  in.read("heartbeatFingerprint", out.fingerprint);
  in.read("withoutSub", out.without_subscriptions);
}

result<heartbeat> parse_heartbeat(std::string_view body) {
  return parse_body<heartbeat>("heartbeat", body);
}

} // namespace apogee::remoting
