#pragma once

#include "actors/supervision/node_door.hpp"
#include "actors/supervision/supervision_log.hpp"
#include "actors/supervision/supervisor.hpp"
#include "config/settings.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace apogee::supervision {

struct node_root_options {
  /// Of the node, in log lines and in the answer to a Hello.
  std::string node;
  std::string program_version;
  config::supervision_settings supervision;
  config::drill_settings drills;
  /// Where a relative supervision.log is meant.
  std::string log_folder;
  /// Service name → path of the actor: {"broker", "node/broker/dispatcher"}.
  /// "supervision" is added.
  std::map<std::string, std::string> services;
  /// Empty: the door is not published.
  std::optional<native_port> door;
  /// Children that tell others where this node is: started when the door
  /// listens, stopped before anything else.
  std::vector<child_spec> announcers;
  /// Called once when everything runs.
  std::function<void()> on_ready;
  /// Called once when the tree has ended: errc::none after stop(), otherwise
  /// why the node gave up. The process should end with an exit code that says
  /// which. Called in an actor's thread: hand it to main(), do not block.
  std::function<void(const failure&)> on_stopped;
};

/// A running tree of supervised actors. Its handle may be copied, dropped and
/// used from any thread.
class node_root {
public:
  /// Stops all actors in order, each within its time limit, then calls
  /// on_stopped. Returns at once; calling it again does nothing.
  void stop() const;

  const tree_context& tree() const { return tree_; }

  const caf::actor& supervisor() const { return supervisor_; }

private:
  friend node_root spawn_node_root(caf::actor_system&, supervisor_spec,
                                   node_root_options);

  node_root(tree_context tree, caf::actor supervisor)
    : tree_(std::move(tree)), supervisor_(std::move(supervisor)) {}

  tree_context tree_;
  caf::actor supervisor_;
};

/// Starts a node: the children of `spec`, then the supervision service
/// ("node/supervision") and the door ("node/door"), under the path "node".
/// The spec's name is ignored.
node_root spawn_node_root(caf::actor_system& system, supervisor_spec spec,
                          node_root_options options);

} // namespace apogee::supervision
