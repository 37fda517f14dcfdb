#pragma once

#include "messages/errors.hpp"
#include "messages/remoting_bodies/client_names.hpp"
#include "messages/remoting_bodies/subscription.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// A group that the client consumes with. What it does not say, or says in a
/// word we do not know, is as most consumers are.
struct consumer_data {
  std::string group;
  consume_type type = consume_type::passively;
  message_model model = message_model::clustering;
  consume_from from = consume_from::last_offset;
  std::vector<subscription_data> subscriptions;
  bool unit_mode = false;
};

/// Code 34: everything one client does with this broker.
struct heartbeat {
  std::string client_id;
  std::vector<consumer_data> consumers;
  std::vector<std::string> producer_groups;
  std::int32_t fingerprint = 0;       ///< of the subscriptions; 0: not used
  bool without_subscriptions = false; ///< keep those that are known
};

result<heartbeat> parse_heartbeat(std::string_view body);

} // namespace apogee::remoting
