#pragma once

#include "actors/handle_provider.hpp"
#include "actors/remoting/messages.hpp"
#include "actors/special/retry_messages.hpp"
#include "messages/remoting/host_address.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace apogee::remoting {

/// The requests that a message_service serves. Of those that send, sessions
/// leave to it the ones to a retry topic.
const std::vector<std::int32_t>& message_service_codes();

struct message_service_options {
  handle_provider<caf::actor> dispatcher;
  handle_provider<special::retry_service_actor> retry;
  handle_provider<caf::actor> clients; ///< takes member_requests
  std::string broker_name;
  std::uint64_t message_size_max = 4u << 20;
  bool flush_disk = false;
  /// Stands in messages and their ids for this client.
  std::function<host_address(const peer&)> store_host;
};

/// RocketMQ's requests about single messages: shows one by its id, has a
/// consumer consume one at a tool's wish, takes back those that a consumer
/// could not consume, and stores what clients send to a retry topic themselves.
/// Scheduled.
caf::behavior message_service(caf::event_based_actor* self,
                              message_service_options options);

} // namespace apogee::remoting
