#pragma once

#include "actors/core/client_registry.hpp"
#include "actors/core/committed_offsets.hpp"
#include "actors/core/group_members.hpp"
#include "actors/core/group_table.hpp"
#include "actors/core/offset_resets.hpp"
#include "actors/core/queue_locks.hpp"
#include "actors/group_messages.hpp"
#include "actors/handle_provider.hpp"
#include "actors/member_news.hpp"
#include "actors/protocol.hpp"
#include "actors/remoting/messages.hpp"
#include "actors/remoting/request_reading.hpp"
#include "actors/remoting/subscription_registry.hpp"
#include "messages/remoting/command.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace apogee::remoting {

/// To itself: the members of a group changed a while ago.
using settled_atom = caf::atom_constant<caf::atom("settled")>;

/// To itself: a question has waited long enough for a queue to be given back.
using release_atom = caf::atom_constant<caf::atom("release")>;

/// The requests that a client_service serves.
const std::vector<std::int32_t>& client_service_codes();

struct client_service_options {
  handle_provider<log_service_actor> log;
  handle_provider<caf::actor> topic_catalog;
  handle_provider<group_catalog_actor> group_catalog;
  std::shared_ptr<const core::group_table> group_configs;
  handle_provider<caf::actor> dispatcher;
  std::shared_ptr<subscription_registry> subscriptions;
  std::shared_ptr<core::offset_table> offsets;
  std::shared_ptr<core::offset_resets> resets;
  std::shared_ptr<core::queue_locks> locks;
  std::shared_ptr<core::group_members> members;
  /// Hears members_atom with a group whose members here have changed.
  handle_provider<caf::actor> groups;
  std::function<void(const std::string&)> note;
  /// Whoever wants something else of a topic than the other members stays out.
  bool refuses_differing_subscriptions = false;
};

/// RocketMQ's clients and their consumer groups: who is there (heartbeats),
/// what the groups want, how far they have come, who has a queue for itself.
///
/// A member that joins or leaves, or whose connection is lost, is told to the
/// others at once, so that they share the queues anew without waiting for their
/// timers. To members_atom with a group it does the same, for native members of
/// it. To a member_request it asks that member. Offsets count when they arrive,
/// also those that go back, unless a reset is under way. A member that
/// asks where to start in a queue which a native one still owns is answered
/// when that one has given it back, at the latest after a second.
///
/// Starts with a barrier of the log, so that the offsets are there; until then
/// requests are told to come again. Members come back with their next
/// heartbeats. Scheduled.
class client_service {
public:
  /// `on_ready` is called when requests are served.
  client_service(caf::event_based_actor* self, client_service_options options,
                 std::function<void()> on_ready);

  caf::behavior make_behavior();

private:
  using reply_promise = caf::typed_response_promise<service_answer>;
  using handler = void (client_service::*)(const command&, const peer&,
                                           reply_promise);

  static const request_table<handler>& handlers();
  friend const std::vector<std::int32_t>& client_service_codes();

  reply_promise serve(const service_request& request);

  // -- clients ----------------------------------------------------------------
  /// A heartbeat whose groups are being made.
  struct waiting_beat {
    std::string client;
    std::uint64_t connection = 0;
    std::vector<core::beating_group> consumers;
    std::vector<core::beating_group> producers;
  };

  result<void> take(waiting_beat beat);
  result<void> leave_out_differing(waiting_beat& beat);
  void heartbeat(const command& request, const peer& from, reply_promise reply);
  void unregister(const command& request, const peer& from,
                  reply_promise reply);
  void list_consumers(const command& request, const peer& from,
                      reply_promise reply);
  void check_config(const command& request, const peer& from,
                    reply_promise reply);
  void show_consumers(const command& request, const peer& from,
                      reply_promise reply);
  void show_producers(const command& request, const peer& from,
                      reply_promise reply);
  void relay(const command& request, const peer& from, reply_promise reply);
  void ask_member(member_request question, reply_promise reply);
  void disconnected(const caf::actor_addr& session);
  std::uint64_t connection_of(const peer& from);
  void resubscribed(const core::client_registry::changed_groups& groups);
  void changed(const core::client_registry::changed_groups& groups);
  void publish_members(const std::string& group);
  void notify_members(const std::string& group);
  std::set<std::string> sharing_members(const std::string& group) const;
  void release_lost_queues(const std::string& group);
  void publish_subscriptions(const std::string& group);
  void want_groups(std::vector<std::string> names,
                   std::function<void(const result<void>&)> then);

  // -- locks ------------------------------------------------------------------
  void lock(const command& request, const peer& from, reply_promise reply);
  void unlock(const command& request, const peer& from, reply_promise reply);

  // -- offsets ----------------------------------------------------------------
  /// Where a group goes on in a queue.
  struct offset_question {
    std::string group;
    std::string topic;
    queue_id queue;
    bool is_zero_wanted = true; ///< for a young queue
    bool is_member = false;     ///< who asks
    reply_promise reply;
  };

  bool is_held(const offset_question& question) const;
  void answer_offset(const offset_question& question);
  void answer_held(const std::string& group);
  void query_offset(const command& request, const peer& from,
                    reply_promise reply);
  void update_offset(const command& request, const peer& from,
                     reply_promise reply);
  void queue_end(const command& request, const peer& from, reply_promise reply);
  void set_offset(const offset_update& update);
  const topic_info* find_topic(const std::string& name) const;
  void load();

  caf::event_based_actor* self_;
  client_service_options options_;
  std::function<void()> on_ready_;
  bool is_loaded_ = false;
  caf::actor_addr catalog_; ///< that tells of changed topics
  std::map<std::string, topic_info> topics_;
  core::client_registry clients_;
  std::map<caf::actor_addr, std::uint64_t> connections_;
  std::map<std::uint64_t, caf::actor> sessions_;
  std::uint64_t connection_next_ = 1;
  std::map<std::uint64_t, waiting_beat> beats_;
  std::uint64_t beat_next_ = 1;
  std::map<std::string, std::set<std::string>> published_; ///< topics by group
  std::map<std::uint64_t, offset_question>
    held_; ///< for queues to be given back
  std::uint64_t held_next_ = 1;
};

} // namespace apogee::remoting
