#pragma once

#include "actors/protocol.hpp"
#include "actors/supervision/child_spec.hpp"

#include <caf/typed_event_based_actor.hpp>

/// Service "supervision".
namespace apogee::supervision {

/// Children of one supervisor that a tree lists. The others are one node of
/// kind "more", whose path ends with "/…" and whose state tells how many.
inline constexpr std::size_t listed_children_max = 1000;

/// Events in one answer.
inline constexpr std::size_t listed_events_max = 1000;

/// Shows the tree and the log, and makes actors fail for drills. Errors of a
/// crash request: errc::permission_denied when drills are off,
/// errc::unknown_actor and errc::restarting as directory::find says,
/// errc::timeout when the actor does not end.
supervision_service_actor::behavior_type
supervision_service(supervision_service_actor::pointer self, tree_context tree,
                    bool drills_enabled);

} // namespace apogee::supervision
