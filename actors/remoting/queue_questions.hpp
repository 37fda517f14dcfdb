#pragma once

#include "actors/core/group_state.hpp"
#include "actors/handle_provider.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <string>

/// What services ask the broker about single queues.
namespace apogee::remoting {

/// Where a queue begins and ends and, with a time in milliseconds since 1970
/// (-1: none), which offset was stored first at or after it. Calls `then` once,
/// in a later turn of `self` or, when there is no dispatcher, at once; fails as
/// the dispatcher does.
void ask_queue_ends(caf::event_based_actor* self,
                    const handle_provider<caf::actor>& dispatcher,
                    const std::string& topic, std::uint32_t queue,
                    std::int64_t time_ms,
                    std::function<void(const result<core::queue_ends>&)> then);

/// When the message at an offset was stored, in milliseconds since 1970; -1
/// when there is none or it cannot be read. Calls `then` as ask_queue_ends.
void ask_store_time(caf::event_based_actor* self,
                    const handle_provider<caf::actor>& dispatcher,
                    const std::string& topic, std::uint32_t queue,
                    queue_offset offset,
                    std::function<void(std::int64_t)> then);

} // namespace apogee::remoting
