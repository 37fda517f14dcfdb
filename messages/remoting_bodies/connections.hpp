#pragma once

#include "messages/remoting_bodies/client_names.hpp"
#include "messages/remoting_bodies/subscription.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// Who is connected, for tools.
namespace apogee::remoting {

struct client_connection {
  std::string client_id;
  std::string address;       ///< "10.1.2.3:50000"
  std::uint8_t language = 0; ///< code, of the client's requests
  std::int32_t version = 0;  ///< ordinal, of the client's requests
};

struct consumer_connections {
  std::vector<client_connection> connections;
  consume_type type = consume_type::passively;
  message_model model = message_model::clustering;
  consume_from from = consume_from::last_offset;
  std::vector<subscription_data> subscriptions;
};

struct producer_info {
  client_connection connection;
  std::int64_t last_update_ms = 0; ///< time of the last heartbeat
};

/// Answer of 203.
std::string write_consumer_connections(const consumer_connections& x);

/// Answer of 204.
std::string
write_producer_connections(const std::vector<client_connection>& connections);

/// Answer of 328: producers by group.
std::string write_producer_table(
  const std::map<std::string, std::vector<producer_info>>& producers);

} // namespace apogee::remoting
