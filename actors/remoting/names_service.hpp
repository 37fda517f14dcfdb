#pragma once

#include "actors/handle_provider.hpp"
#include "actors/naming/route_registry.hpp"
#include "actors/protocol.hpp"
#include "config/settings.hpp"
#include "messages/remoting/host_address.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace apogee::remoting {

/// The requests that names_service serves.
const std::vector<std::int32_t>& names_service_codes();

struct names_service_options {
  config::remoting_settings settings;
  handle_provider<naming::route_registry_actor> registry;
  /// Whether this machine has an address. Thread-safe.
  std::function<bool(const host_address&)> is_own_address;
};

/// What RocketMQ's clients and tools ask a nameserver: routes and names of
/// topics, the brokers of the cluster, which brokers are written to. Answers
/// from the route_registry and keeps nothing.
///
/// While topics are created by themselves there is a route for the template
/// that producers start from, and for the retry topic of any group, so that a
/// consumer need not ask again half a minute later.
caf::behavior names_service(caf::event_based_actor* self,
                            names_service_options options);

} // namespace apogee::remoting
