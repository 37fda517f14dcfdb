#pragma once

#include "actors/core/group_table.hpp"
#include "actors/group_messages.hpp"
#include "actors/handle_provider.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace apogee::remoting {

/// The requests that a group_config_service serves.
const std::vector<std::int32_t>& group_config_service_codes();

/// RocketMQ's admin requests about consumer groups: makes, alters, deletes and
/// shows them. Scheduled; stateless.
caf::behavior
group_config_service(caf::event_based_actor* self,
                     handle_provider<group_catalog_actor> catalog,
                     std::shared_ptr<const core::group_table> groups);

} // namespace apogee::remoting
