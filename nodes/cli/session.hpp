#pragma once

#include "nodes/cli/node_connection.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace apogee::cli {

/// Native address of a nameserver, or of a standalone node, with default
/// settings.
std::string default_nameserver();

/// Which nodes a command speaks to.
struct target_options {
  /// Native addresses of nameservers, tried in turn; empty: the default one.
  std::vector<std::string> nameservers;
  /// Native address of one broker, which is asked without a nameserver.
  std::string broker;
  std::chrono::milliseconds timeout{5'000};
};

struct broker_address {
  std::string name;
  std::string native_address;
};

/// Waits until a nameserver has a route to `topic`: one that was created just
/// now takes a moment to get around. Fails with errc::unknown_topic.
result<void> await_route(node_connection& names, const std::string& topic,
                         std::chrono::milliseconds wait_max);

/// The nodes as one command sees them. Its actor system is started when it is
/// first needed.
class session {
public:
  explicit session(target_options target);
  ~session();

  caf::actor_system& system();

  /// A nameserver that answers.
  result<node_connection> nameserver();

  /// All brokers that lead, by name. Fails with errc::no_route when there are
  /// none, otherwise as node_connection::open does.
  result<std::vector<broker_address>> brokers();

  /// Waits as await_route() does, and returns the address of the nameserver
  /// that has the route.
  result<std::string>
  find_topic(const std::string& topic,
             std::chrono::milliseconds wait_max = std::chrono::seconds{1});

  /// As find_topic, as long as for an answer, since the topic is there.
  result<std::string> find_new_topic(const std::string& topic) {
    return find_topic(topic, target_.timeout);
  }

  /// One service of the node at `address`.
  result<node_connection> connect(const std::string& address,
                                  const std::string& service,
                                  const std::string& option = {});

  /// Asks each broker in turn. With `tolerated`, that failure of some brokers
  /// is none, but of all it is. Fails with a line for each broker that failed;
  /// the others have been asked all the same.
  result<void> for_each_broker(
    const std::string& service, errc tolerated,
    const std::function<result<void>(node_connection&, const broker_address&)>&
      ask);

  /// Sends each broker's service the same request; `use` reads the answers.
  /// Otherwise as for_each_broker.
  template <class Reply, class Request>
  result<void> ask_each_broker(
    const std::string& service, errc tolerated,
    const envelope<Request>& request,
    const std::function<result<void>(const broker_address&,
                                     const envelope<Reply>&)>& use) {
    return for_each_broker(
      service, tolerated,
      [&](node_connection& to, const broker_address& broker) -> result<void> {
        const auto reply = to.ask<Reply>(request);
        return reply ? use(broker, *reply) : reply.error();
      });
  }

private:
  struct running;

  target_options target_;
  std::unique_ptr<running> running_;
};

} // namespace apogee::cli
