#pragma once

#include "actors/client/service_link.hpp"
#include "actors/core/topic_route.hpp"
#include "messages/envelope.hpp"
#include "messages/route.capnp.h"

#include <caf/atom.hpp>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace apogee::client {

/// (watch_atom, topic): asks for the topic's routes now and keeps them fresh.
using watch_atom = caf::atom_constant<caf::atom("watch")>;

/// (unwatch_atom, topic)
using unwatch_atom = caf::atom_constant<caf::atom("unwatch")>;

/// What is known of a topic now; sent for each answer and each failure.
struct route_update {
  std::string topic;
  std::vector<core::broker_route> routes; ///< empty with a failure
  /// errc::unknown_topic: brokers are there, none serves the topic.
  /// errc::no_route: no broker is registered. Else: no nameserver answers.
  failure why;
};

/// Asks the nameservers for routes, in turn when one does not answer, and
/// sends its owner a route_update for every answer. What is not found is asked
/// for again after a growing pause, what is found after `refresh`.
///
/// Ends with its owner, which has to send it an exit message.
class route_watcher {
public:
  static inline const char* name = "route_watcher";

  route_watcher(caf::scheduled_actor* self, caf::actor owner,
                caf::actor connector, std::vector<std::string> nameservers,
                std::chrono::milliseconds refresh);
  ~route_watcher();

  caf::behavior make_behavior();

private:
  struct watched {
    bool asking = false;
    std::uint64_t turn = 0; // of the last ask; older reminders are void
    std::chrono::milliseconds pause = link_pause_first;
  };

  void linked(link_update& update);
  void watch(const std::string& topic);
  void ask_routes(const std::string& topic);
  void ask_brokers(const std::string& topic);
  void answered(const std::string& topic,
                const envelope<schema::RouteReply>& reply);
  void failed(const std::string& topic, const failure& why);
  void ask_later(const std::string& topic, std::chrono::milliseconds pause);

  caf::scheduled_actor* self_;
  caf::actor owner_;
  caf::actor connector_;
  std::vector<std::string> nameservers_;
  std::chrono::milliseconds refresh_;
  caf::actor link_;
  caf::actor nameserver_;
  std::unordered_map<std::string, watched> topics_;
};

/// The brokers of a route answer.
result<std::vector<core::broker_route>>
read_routes(const envelope<schema::RouteReply>& reply);

} // namespace apogee::client

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::client::route_update)
