#pragma once

#include "actors/handle_provider.hpp"

#include <caf/actor.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <cstdint>
#include <vector>

namespace apogee::remoting {

/// The requests that topic_service serves.
const std::vector<std::int32_t>& topic_service_codes();

/// Creates, alters and deletes topics for RocketMQ's tools, through the
/// topic_catalog.
caf::behavior topic_service(caf::event_based_actor* self,
                            handle_provider<caf::actor> catalog);

} // namespace apogee::remoting
