#pragma once

#include "actors/core/restart_policy.hpp"
#include "actors/protocol.hpp"
#include "actors/supervision/directory.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/scheduled_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a supervisor is told about its children.
namespace apogee::supervision {

using core::child_kind;
using core::restart_limits;
using core::restart_strategy;
using std::chrono::milliseconds;

class supervision_log;

/// What all supervisors of a node share.
struct tree_context {
  std::shared_ptr<directory> actors;
  std::shared_ptr<supervision_log> log;
  /// For supervisors whose spec does not say otherwise.
  restart_limits limits;
};

/// What a factory may use to make a child. It may be copied into the child,
/// which then looks others up again when they went down.
struct start_context {
  caf::actor_system& system;
  tree_context tree;
  /// Of the child, "node/storage/flush_service".
  std::string path;
  /// The parent: report_ready() goes there.
  caf::actor supervisor;

  /// The present handle of another child of the same supervisor. Those that
  /// are listed earlier run whenever a factory is called. Fails as
  /// directory::find_known does.
  template <class Handle = caf::actor>
  result<Handle> sibling(std::string_view name) const {
    return at<Handle>(parent_of(path).append("/").append(name));
  }

  /// The present handle of any actor of the tree, by its path. Fails as
  /// directory::find_known does.
  template <class Handle = caf::actor>
  result<Handle> at(std::string_view where) const {
    auto found = tree.actors->find_known(where);
    if (!found)
      return found.error();
    return caf::actor_cast<Handle>(*found);
  }
};

/// Makes a child: decides where it lives (scheduled, detached, in the I/O
/// thread) and returns its handle; `actor_cast<caf::actor>` makes one of a
/// typed handle. Called in the supervisor's turn, so it must not block for
/// long. A failure, or an exception, counts like a crash of the child.
using child_factory = std::function<result<caf::actor>(const start_context&)>;

/// When the next child may be started.
enum class ready_when : std::uint8_t {
  spawned,  ///< the factory has returned
  reported, ///< the child has called report_ready()
};

struct child_spec {
  /// Any characters but '/', '"', white space and control characters.
  std::string name;
  child_factory factory;
  child_kind kind = child_kind::permanent;
  ready_when ready = ready_when::spawned;
  /// Longest time from the factory's return to report_ready(); then the child
  /// is killed, which counts like a crash. 0: no limit.
  milliseconds start_timeout{60'000};
  /// Longest time from exit_reason::user_shutdown to the child's end; then it
  /// is killed.
  milliseconds stop_timeout{5'000};
  /// Of a supervisor (see as_child()); none: a worker.
  std::optional<restart_strategy> strategy;
};

/// Failures that a restart does not repair: lost durability, a store that
/// cannot be used, and a supervisor whose restarts are used up. They are
/// passed upwards from supervisor to supervisor, and the node stops.
std::vector<errc> default_fatal_failures();

struct supervisor_spec {
  std::string name;
  restart_strategy strategy = restart_strategy::one_for_one;
  /// Started in this order, stopped in the reverse order. No child is started,
  /// the first time or again, while one before it is not running.
  std::vector<child_spec> children;
  std::optional<restart_limits> limits;
  std::vector<errc> fatal = default_fatal_failures();
  /// Gives the supervisor a thread of its own, for factories that open files.
  bool detached = false;
};

/// From a child to its supervisor: see report_ready().
using child_ready_atom = caf::atom_constant<caf::atom("childReady")>;

/// Tells the supervisor that a child with ready_when::reported does its work.
void report_ready(caf::scheduled_actor* self, const start_context& context);

/// Makes an exception that leaves a handler end the actor with errc::crashed
/// and what() as the reason, where CAF would print it and forget it. Call it
/// first thing in the actor's function.
void explain_crashes(caf::scheduled_actor* self);

/// True for reasons of an actor that ended because it was told to or had
/// nothing left to do: normal, user_shutdown, errc::closed,
/// errc::shutting_down.
bool is_orderly(const caf::error& reason);

} // namespace apogee::supervision
