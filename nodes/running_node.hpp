#pragma once

#include "actors/supervision/child_spec.hpp"
#include "config/settings.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace apogee::nodes {

/// Version of the program, "0.1.0".
std::string_view program_version();

/// Where a node listens; 0 until it does. Thread-safe.
struct node_ports {
  std::atomic<std::uint16_t> native{0};
  std::atomic<std::uint16_t> nameserver{0};
  std::atomic<std::uint16_t> broker{0};
};

/// Everything that makes up one node.
struct node_plan {
  config::node_settings node;
  config::supervision_settings supervision;
  config::drill_settings drills;
  /// Where a relative supervision.log is meant.
  std::string log_folder;
  std::vector<supervision::child_spec> children;
  /// Started when the node's ports are known, stopped first.
  std::vector<supervision::child_spec> announcers;
  /// Service name → path in the tree, whose root is "node".
  std::map<std::string, std::string> services;
  std::shared_ptr<node_ports> ports;
  /// Called in an actor's thread when the node has ended; must not block.
  std::function<void()> on_stopped;
};

/// "HOST:PORT".
std::string address_of(const std::string& host, std::uint16_t port);

/// A node whose actors run in `system`. Its functions may be called from any
/// thread that is not an actor's. The system must outlive it; the destructor
/// stops the node and waits.
class running_node {
public:
  running_node(caf::actor_system& system, node_plan plan);
  ~running_node();

  running_node(const running_node&) = delete;
  running_node& operator=(const running_node&) = delete;

  /// Blocks until all its actors run, or until it has given up.
  result<void> wait_until_ready();

  /// Begins to stop: accepted requests are finished, each actor gets its time.
  /// Calling it again does nothing.
  void stop();

  /// Blocks until the node has ended; errc::none when it was told to.
  failure wait_until_stopped();

private:
  struct progress;
  std::shared_ptr<progress> progress_;
  std::function<void()> stop_;
};

} // namespace apogee::nodes
