#pragma once

#include "messages/errors.hpp"

#include <caf/actor.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::supervision {

enum class child_state : std::uint8_t {
  starting, ///< for the first time, and not yet ready
  running,
  restarting, ///< it has failed or a sibling has: it will be back
  stopped,    ///< it has ended and is not restarted
};

std::string_view to_string(child_state state);

/// One actor of the tree, as others may see it.
struct listed_actor {
  std::string path;
  child_state state = child_state::starting;
  std::uint32_t restarts = 0; // since the node's start
  std::int64_t since_ms = 0;  // start of the present incarnation, since 1970
  std::string strategy;       // of a supervisor; empty for a worker
  /// Not 0: stands for so many children of the same parent that are not listed.
  std::size_t unlisted = 0;
};

/// The path without its last part: "node/storage" for "node/storage/views".
std::string parent_of(std::string_view path);

/// The supervised actors of one node by their place in the tree.
///
/// An actor that is restarted gets a new handle, so others do not keep handles
/// for ever: they monitor what they use, and ask here again when it went down.
/// Supervisors write, everybody may read. Thread-safe; no call waits for an
/// actor.
class directory {
public:
  /// `services`: what peers may ask for by name, and the path that serves it.
  explicit directory(std::map<std::string, std::string> services);

  /// The present handle of the actor at `path`. Fails with errc::restarting
  /// while it is started again, errc::closed when it has ended,
  /// errc::unknown_actor (with the nearest paths) when there is none.
  result<caf::actor> find(std::string_view path) const;

  /// As find(), for a path that is known to belong to the tree: when nothing is
  /// there, its part of the tree is being started, and that is what it says
  /// (errc::restarting).
  result<caf::actor> find_known(std::string_view path) const;

  /// The present handle of a service. Fails with errc::unknown_service (with
  /// the names of those there are), otherwise as find_known() does.
  result<caf::actor> find_service(std::string_view name) const;

  /// Parents before their children, siblings in the order of their start; of
  /// each parent's children at most `children_max`.
  std::vector<listed_actor> list(std::size_t children_max) const;

  /// Number of actors in the tree.
  std::size_t size() const;

  // -- for supervisors ------------------------------------------------------

  /// Adds an actor that is not there yet, as starting. `strategy`: of a
  /// supervisor, empty for a worker.
  void add(const std::string& path, std::string strategy);

  /// There is an actor, which find() does not give out before set_running().
  void set_handle(const std::string& path, caf::actor handle);

  void set_running(const std::string& path, std::int64_t now_ms);

  /// The actor and all below it, unless it never ran: find() fails with
  /// errc::restarting.
  void set_restarting(const std::string& path);

  /// One more restart.
  void count_restart(const std::string& path);

  void set_stopped(const std::string& path);

  void remove(const std::string& path);

  void remove_below(const std::string& path);

  /// Handles of all below `path` that have not been removed or stopped: what a
  /// dead supervisor left behind.
  std::vector<caf::actor> handles_below(const std::string& path) const;

private:
  struct entry {
    child_state state = child_state::starting;
    std::uint32_t restarts = 0;
    std::int64_t since_ms = 0;
    std::uint64_t place = 0; // grows with each entry: the order of first starts
    std::string strategy;
    caf::actor handle; // kept while restarting, for handles_below()
  };

  /// Orders a parent and all below it without others in between.
  struct path_order {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
  };

  using entries = std::map<std::string, entry, path_order>;

  static failure being_started(std::string_view path);
  static result<caf::actor> present(const entries::value_type& item);
  std::string nearest_paths(std::string_view path) const;

  const std::map<std::string, std::string> services_;
  mutable std::mutex mutex_;
  entries entries_;
  std::uint64_t next_place_ = 0;
};

} // namespace apogee::supervision
