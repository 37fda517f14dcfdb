#pragma once

#include "actors/protocol.hpp"
#include "nodes/cli/tcp_socket.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace apogee::cli {

/// A service of one node, asked by a program that waits for each answer: the
/// only place of the command line that blocks on actors. Belongs to the thread
/// that opened it.
class node_connection {
public:
  struct target {
    std::string address; ///< HOST:PORT of the node's native port
    std::string service;
    std::chrono::milliseconds timeout{5'000}; ///< of each step
    /// How the user can name another address: "--nameserver HOST:PORT".
    std::string option;
  };

  /// Connects and says Hello. Fails with a text that says what to do:
  /// errc::unreachable, timeout, version_mismatch, unknown_service,
  /// restarting, invalid_argument.
  static result<node_connection> open(caf::actor_system& system, target where);

  /// Asks the service. The answer is a Reply or a failure, the peer's own or
  /// errc::timeout, unreachable (the node went away).
  template <class Reply, class Request>
  result<envelope<Reply>> ask(const envelope<Request>& request) {
    result<envelope<Reply>> out{errc::timeout, {}};
    self()
      ->request(service_, caf::duration{where_.timeout}, request)
      .receive([&](const envelope<Reply>& reply) { out = reply; },
               [&](const caf::error& why) { out = explain(why); });
    return out;
  }

  /// Name of the node, as it introduced itself.
  const std::string& node() const { return node_; }

  const std::string& address() const { return where_.address; }

private:
  node_connection(caf::actor_system& system, target where);

  caf::scoped_actor& self() { return *self_; }

  result<caf::actor> find_door(caf::actor_system& system,
                               const address_parts& address);
  result<void> say_hello(const caf::actor& door);
  failure explain(const caf::error& error) const;
  failure unreachable(const std::string& why) const;

  target where_;
  std::unique_ptr<caf::scoped_actor> self_; // not movable itself
  caf::actor service_;
  std::string node_;
};

} // namespace apogee::cli
