#pragma once

#include "actors/client/system_config.hpp"
#include "messages/errors.hpp"
#include "nodes/cli/node_connection.hpp"
#include "tests/support/process.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace apogee {

/// Path of a program of this build.
std::string program_path(const std::string& name);

/// One node as a process, which can be started again on the same ports. Without
/// arguments of its own it is fit for tests: files of the log are small, little
/// free space is enough.
class node_process {
public:
  /// `program`: "standalone", "broker" or "nameserver".
  node_process(std::string program, std::vector<std::string> settings);

  /// Starts it, also again; true when it became ready in time.
  bool start(std::chrono::milliseconds timeout = patience);

  /// Starts it and does not wait.
  void launch();
  bool wait_until_ready(std::chrono::milliseconds timeout);

  process& running() { return *process_; }

  /// kill -9.
  void kill() { process_->kill(); }

  /// SIGTERM; the exit code, or -1 when it did not end in time.
  int stop();

  std::uint16_t native_port() const { return native_port_; }

  std::uint16_t broker_port() const { return broker_port_; }

  std::uint16_t nameserver_port() const { return nameserver_port_; }

  /// HOST:PORT of the native port.
  std::string address() const;

private:
  std::string program_;
  std::vector<std::string> settings_;
  std::uint16_t native_port_ = 0;
  std::uint16_t broker_port_ = 0;
  std::uint16_t nameserver_port_ = 0;
  std::unique_ptr<process> process_;
};

/// Settings that most tests want, for a broker in `folder`.
std::vector<std::string> test_settings(const std::string& folder,
                                       std::vector<std::string> more = {});

/// The actor system of a program that uses nodes.
struct client_system {
  client::system_config config;
  caf::actor_system system{config};
};

/// One supervision event of a node, or one actor of its tree.
struct tree_entry {
  std::string path;
  std::string kind;
  std::string state;
  std::uint32_t restarts = 0;
};

struct logged_event {
  std::uint64_t sequence = 0;
  std::string path;
  std::string event;
  std::string reason;
  std::uint32_t restarts = 0;
  std::string decision;
};

/// What operators ask a node; each call connects anew.
class node_admin {
public:
  node_admin(caf::actor_system& system, std::string address)
    : system_(system), address_(std::move(address)) {}

  result<void> create_topic(const std::string& name, std::uint32_t queues);
  /// Returns when clients find the topic; of a nameserver.
  result<void> await_route(const std::string& topic);
  result<std::vector<tree_entry>> tree();
  result<std::vector<logged_event>> events(std::uint64_t after);
  result<void> crash(const std::string& path);
  result<cli::node_connection> connect(const std::string& service);

private:
  caf::actor_system& system_;
  std::string address_;
};

} // namespace apogee
