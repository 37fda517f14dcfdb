#pragma once

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <string>

namespace apogee::broker {

/// Does for the flush_service what blocks: flushes files, prepares the next
/// segment, removes old ones. One order at a time, in order; survives nothing,
/// since the flush_service gives an order again to its successor. Detached.
caf::behavior log_syncer(caf::event_based_actor* self, caf::actor flush_service,
                         std::string data_folder);

} // namespace apogee::broker
