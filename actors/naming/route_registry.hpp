#pragma once

#include "actors/core/route_table.hpp"
#include "actors/protocol.hpp"

#include <caf/actor_addr.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace apogee::naming {

using expire_atom = caf::atom_constant<caf::atom("expire")>;

// What RocketMQ's tools ask, through an actor of the same process.

/// For the names of the topics of a cluster, or of all when it is empty.
struct topics_query {
  std::string cluster;
};

struct topic_names {
  std::vector<std::string> names;
};

/// Hides the write permission of a broker's topics, or shows it again; see
/// route_table::show_writable.
struct write_switch {
  std::string broker_name;
  bool is_shown = true;
};

struct topics_switched {
  std::size_t topics = 0;
};

} // namespace apogee::naming

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::naming::topics_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::naming::topic_names)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::naming::write_switch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::naming::topics_switched)

namespace apogee::naming {

using route_registry_actor = nameserver_actor::extend<
  caf::reacts_to<expire_atom>, caf::replies_to<topics_query>::with<topic_names>,
  caf::replies_to<write_switch>::with<topics_switched>>;

struct route_registry_options {
  /// A broker that is silent for so long is forgotten; one that announces
  /// longer pauses itself, after those.
  std::chrono::milliseconds broker_expiry{10'000};
  /// Counts messages that did not decode.
  std::shared_ptr<std::atomic<std::uint64_t>> refused_malformed =
    std::make_shared<std::atomic<std::uint64_t>>(0);
  /// For the log: a broker came, or went and why.
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

/// What a nameserver knows: which brokers serve which topics (service
/// "nameserver"). Soft state: after a restart it asks the brokers for complete
/// reports, and knows everything again after their next heartbeats.
///
/// A broker's routes are gone at once when its registrar goes down, which a
/// closed connection shows, and otherwise when it is silent for too long. A
/// topic that nobody serves has no routes, which is not an error. A later
/// incarnation of a broker replaces an earlier one, which is then refused with
/// errc::version_mismatch. Other errors: errc::malformed (naming the node),
/// errc::invalid_argument, errc::busy.
class route_registry_state {
public:
  static inline const char* name = "route_registry";

  explicit route_registry_state(route_registry_actor::pointer self)
    : self_(self) {}

  /// REQUIRES: called once, before all others.
  void open(route_registry_options options);

  caf::result<envelope<schema::RegisterReply>>
  take(const envelope<schema::RegisterRequest>& request,
       const caf::actor& registrar);

  caf::result<envelope<schema::RouteReply>>
  look_up(const envelope<schema::RouteRequest>& request);

  topic_names list(const topics_query& query) const;

  topics_switched switch_writing(const write_switch& order);

  void expire();

private:
  void bind(const core::broker_key& broker, const caf::actor& registrar);
  void unbind(const core::broker_key& broker);
  void lose(const caf::actor_addr& registrar);
  void note(const core::broker_key& broker, const std::string& text);
  caf::error refuse(const failure& why);

  route_registry_actor::pointer self_;
  route_registry_options options_;
  core::route_table table_;
  std::map<core::broker_key, caf::actor_addr> registrars_;
  std::map<caf::actor_addr, std::set<core::broker_key>> brokers_;
};

/// Spawn it as any scheduled actor; its handle is a nameserver_actor as well.
route_registry_actor::behavior_type route_registry(
  route_registry_actor::stateful_pointer<route_registry_state> self,
  route_registry_options options);

} // namespace apogee::naming
