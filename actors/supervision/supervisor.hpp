#pragma once

#include "actors/supervision/child_spec.hpp"

#include <caf/actor.hpp>
#include <caf/atom.hpp>

#include <functional>
#include <string>

/// The supervisor: starts children, restarts them when they fail, and fails
/// itself when that does not help.
///
/// It is one event-based actor for every place of the tree. What it answers:
///
/// - `start_child` → caf::actor: starts a dynamic child of the given spec, or
///   answers the handle of the one of that name that is running already. Such
///   a child is temporary, whatever its spec says, and is forgotten when it
///   ends; its failure is logged and counts like a restart. Errors: what the
///   factory says, errc::illegal_name, errc::shutting_down.
/// - exit_reason::user_shutdown: stops all children, the last one first, each
///   within its stop_timeout, and ends with the same reason.
/// - any other exit: it fails, as if by an exception.
///
/// It ends with an error of category "apogee" when it passes a failure
/// upwards: errc::gave_up when its restarts are used up, or the failure itself
/// when that is one of supervisor_spec::fatal. However it ends, its children
/// end too; its parent waits for that before it starts a new one.
namespace apogee::supervision {

/// Asks a supervisor for a dynamic child. In-process only.
struct start_child {
  child_spec spec;
};

/// After killing an actor, the longest wait for its end. One that is still
/// there then hangs in a call: a restart next to it could do harm, so the
/// failure is passed upwards.
inline constexpr milliseconds kill_timeout{5'000};

/// A supervisor as the child of another one. Its stop_timeout is what its own
/// children may need together.
child_spec as_child(supervisor_spec spec);

/// Starts the supervisor at the top of a tree, whose path is its name. Ends
/// as described above; `on_ready` is called in its thread when all children
/// run for the first time.
caf::actor spawn_root(caf::actor_system& system, tree_context tree,
                      supervisor_spec spec, std::function<void()> on_ready);

} // namespace apogee::supervision

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::supervision::start_child)
