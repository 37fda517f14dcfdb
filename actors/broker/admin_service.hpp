#pragma once

#include "actors/broker/context.hpp"
#include "actors/protocol.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>

namespace apogee::broker {

struct admin_peers {
  /// Present handles; both are restarted with the storage.
  std::function<result<caf::actor>()> topic_catalog;
  std::function<result<broker_service_actor>()> dispatcher;
  /// Number of consumer groups.
  std::function<std::uint32_t()> group_count;
};

/// Implements admin_service_actor: topics with their queues' offsets, and the
/// broker's state. Keeps nothing; asks the topic_catalog and the dispatcher.
caf::behavior admin_service(caf::event_based_actor* self, context_ptr shared,
                            admin_peers peers);

} // namespace apogee::broker
