#pragma once

#include "actors/protocol.hpp"
#include "actors/supervision/child_spec.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <string>

namespace apogee::supervision {

/// An actor that was told to fail and has not after this time is killed: it
/// traps exits.
inline constexpr milliseconds crash_grace{500};

using crash_tick_atom = caf::atom_constant<caf::atom("crashTick")>;

using crash_drill_actor =
  caf::typed_actor<caf::replies_to<envelope<schema::CrashRequest>>::with<
                     envelope<schema::CrashReply>>,
                   caf::reacts_to<crash_tick_atom>>;

struct crash_drill_state {
  static inline const char* name = "crash_drill";
  caf::typed_response_promise<envelope<schema::CrashReply>> answer;
  bool killed = false;
};

/// Makes one actor fail, answers when it has ended, and ends itself: with
/// errc::timeout when the target hangs even when it is killed.
crash_drill_actor::behavior_type
crash_drill(crash_drill_actor::stateful_pointer<crash_drill_state> self,
            caf::actor target, std::string path);

} // namespace apogee::supervision
