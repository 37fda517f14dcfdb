#pragma once

#include "actors/protocol.hpp"
#include "actors/supervision/child_spec.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <string>
#include <unordered_map>

namespace apogee::supervision {

/// Children of one supervisor that a tree lists. The others are one node of
/// kind "more", whose path ends with "/…" and whose state tells how many.
inline constexpr std::size_t listed_children_max = 1000;

/// Events in one answer.
inline constexpr std::size_t listed_events_max = 1000;

/// An actor that was told to crash is killed after this time.
inline constexpr milliseconds crash_grace{500};

/// Service "supervision": shows the tree and the log, and makes actors fail for
/// drills. A crash is answered when the actor has ended: errc::timeout when it
/// does not, errc::permission_denied when drills are off, errc::unknown_actor
/// and errc::restarting as directory::find says.
struct supervision_service_state {
  static inline const char* name = "supervision";

  struct waiting_crash {
    std::string path;
    caf::actor target;
    caf::typed_response_promise<envelope<schema::CrashReply>> promise;
    bool killed = false;
  };

  ~supervision_service_state();

  std::unordered_map<caf::actor_id, std::vector<waiting_crash>> crashes;
};

supervision_service_actor::behavior_type supervision_service(
  supervision_service_actor::stateful_pointer<supervision_service_state> self,
  tree_context tree, bool drills_enabled);

} // namespace apogee::supervision
