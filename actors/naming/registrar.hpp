#pragma once

#include "actors/core/registration.hpp"
#include "actors/handle_provider.hpp"
#include "actors/protocol.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace apogee::naming {

using heartbeat_atom = caf::atom_constant<caf::atom("heartbeat")>;
using reconnect_atom = caf::atom_constant<caf::atom("reconnect")>;
using list_atom = caf::atom_constant<caf::atom("list")>;

using registrar_actor =
  caf::typed_actor<caf::reacts_to<std::vector<topic_info>>,
                   caf::reacts_to<heartbeat_atom>,
                   caf::reacts_to<reconnect_atom, std::uint64_t, std::uint64_t>,
                   caf::reacts_to<list_atom>>;

/// Connects to a published actor; the middleman's actor is one.
using connector_actor = caf::typed_actor<
  caf::replies_to<caf::connect_atom, std::string, std::uint16_t>::with<
    caf::node_id, caf::strong_actor_ptr, std::set<std::string>>>;

/// One nameserver: a node to be reached at HOST:PORT, or an actor of this
/// process.
using nameserver_place =
  std::variant<std::string, handle_provider<nameserver_actor>>;

struct registrar_options {
  core::broker_description broker;
  std::chrono::milliseconds register_interval{3'000};
  /// REQUIRES: addresses are HOST:PORT.
  std::vector<nameserver_place> nameservers;
  handle_provider<topic_catalog_actor> topics;
  /// Needed when a nameserver is an address.
  connector_actor connector;
  /// For the log: each time a nameserver is reached or lost, not each attempt.
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

/// Wait before the first attempt to reach a nameserver again; it doubles up to
/// register_interval.
inline constexpr std::chrono::milliseconds reconnect_wait_first{50};

/// Longest wait for an answer of a nameserver or the topic catalog.
inline constexpr std::chrono::milliseconds registration_timeout{5'000};

/// Keeps every nameserver informed about one broker: all topics on connecting,
/// changes as soon as the nameserver has taken what was sent before, and a
/// heartbeat each register_interval.
///
/// The nameservers are independent of each other: each has its own connection,
/// state and waits, and one that is down harms none. With topic_catalog it
/// subscribes, again and again when that is restarted.
class registrar_state {
public:
  static inline const char* name = "registrar";

  explicit registrar_state(registrar_actor::pointer self) : self_(self) {}

  /// REQUIRES: called once, before all others.
  void open(registrar_options options);

  void take_changes(const std::vector<topic_info>& changed);

  void send_heartbeats();

  /// Tries link `index` again, unless it has moved on since `attempt`.
  void reconnect(std::size_t index, std::uint64_t attempt);

  void list_topics();

private:
  enum class phase : std::uint8_t { waiting, connecting, idle, reporting };

  /// The way to one nameserver.
  struct link {
    nameserver_place place;
    phase now = phase::waiting;
    std::uint64_t attempt = 0; // tells answers to an earlier one apart
    std::chrono::milliseconds wait{reconnect_wait_first};
    nameserver_actor server;
    core::registration told;
    std::optional<bool> noted; // the last note said that it is reached
  };

  void take_list(const std::vector<topic_info>& all);
  void apply(const topic_info& topic);
  void report_news();
  void connect(std::size_t index);
  void dial(std::size_t index, const std::string& address);
  void greet(std::size_t index, const caf::strong_actor_ptr& door);
  void connected(std::size_t index, nameserver_actor server);
  void report(std::size_t index);
  void reported(std::size_t index, bool was_complete,
                const envelope<schema::RegisterReply>& reply);
  void fail(std::size_t index, const failure& why);
  void note(link& x, bool reached, const std::string& text);
  void lose(const caf::actor_addr& source);

  /// Fails the link unless it has moved on meanwhile.
  auto failing(std::size_t index);

  registrar_actor::pointer self_;
  registrar_options options_;
  std::vector<link> links_;
  core::registered_topics topics_;
  topic_catalog_actor catalog_;
  bool has_topics_ = false;
};

/// Spawn it as any scheduled actor.
registrar_actor::behavior_type
registrar(registrar_actor::stateful_pointer<registrar_state> self,
          registrar_options options);

} // namespace apogee::naming
