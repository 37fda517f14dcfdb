#pragma once

#include "actors/broker/context.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <memory>

namespace apogee::broker {

/// Answers what may block the I/O thread: pulls of messages that need not be in
/// the page cache, or are many bytes; searches by time. The asker's promise was
/// delegated to it, so it answers the client itself. Detached.
caf::behavior cold_reader(caf::event_based_actor* self, context_ptr shared,
                          std::shared_ptr<const store::log_reader> log);

} // namespace apogee::broker
