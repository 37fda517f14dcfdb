#include "messages/remoting_bodies/connections.hpp"

#include "messages/remoting_bodies/json_writer.hpp"

namespace apogee::remoting {

static void write(json_writer& out, const client_connection& x) {
  out.put_map("clientAddr", x.address, "clientId", x.client_id, "language",
              language_name(x.language), "version", x.version);
}

static void write(json_writer& out, const producer_info& x) {
  const auto& connection = x.connection;
  out.put_map("clientId", connection.client_id, "language",
              language_name(connection.language), "lastUpdateTimestamp",
              x.last_update_ms, "remoteIP", connection.address, "version",
              connection.version);
}

std::string write_consumer_connections(const consumer_connections& x) {
  const auto subscriptions = [&](json_writer& out) {
    out.put_entries(x.subscriptions, [&](const subscription_data& data) {
      out.put_member(data.topic, data);
    });
  };
  return write_map_body("connectionSet", x.connections, "consumeFromWhere",
                        name_of(x.from, consume_from_names), "consumeType",
                        name_of(x.type, consume_type_names), "messageModel",
                        name_of(x.model, message_model_names),
                        "subscriptionTable", subscriptions);
}

std::string
write_producer_connections(const std::vector<client_connection>& connections) {
  return write_map_body("connectionSet", connections);
}

std::string write_producer_table(
  const std::map<std::string, std::vector<producer_info>>& producers) {
  return write_map_body("data", producers);
}

} // namespace apogee::remoting
