#pragma once

#include "actors/group_messages.hpp"
#include "actors/groups/group_services.hpp"
#include "messages/log.capnp.h"
#include "tests/support/actor_test.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace apogee::groups {

/// The broker around the groups: a log that keeps what is appended, a broker
/// whose queues reach from 10 to `length`, a catalog with one topic "t" of four
/// queues.
struct surroundings {
  std::vector<std::string> log; // "offsets g 0@10 1@10"
  std::map<queue_id, queue_offset> offsets;
  std::shared_ptr<core::group_table> groups =
    std::make_shared<core::group_table>();
  std::vector<topic_info> topics;
  std::vector<caf::actor> subscribers;
  std::uint64_t length = 100;
  std::vector<std::string> told; // groups, to RocketMQ's clients
  int queries = 0;
  failure log_failure;    // errc::none: the log works
  failure broker_failure; // … the broker works
  failure group_failure;  // … a group is made when it is wanted
  failure retry_failure;  // … what is given back is kept, at 4711
  std::vector<std::string> given_back; // "g 100 level 3 limit 5 id 100"
  bool broker_is_silent = false;
  std::int64_t wall_clock_ms = 0; // a second passes from one look to the next
};

using surroundings_ptr = std::shared_ptr<surroundings>;

/// What tests of the groups' actors do.
class groups_test : public actor_test {
protected:
  groups_test();

  // An actor with a timer never ends by itself, and its system waits for it.
  void TearDown() override;

  template <class... Ts>
  auto start_actor(Ts&&... arguments) {
    auto handle = sys.spawn(std::forward<Ts>(arguments)...);
    started_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

  void end(const caf::actor& which) {
    caf::anon_send_exit(which, caf::exit_reason::kill);
    run();
  }

  void start_catalog();
  void stop_catalog();

  /// Whether the test itself has a message.
  bool reply_is_there() { return self->has_next_message(); }

  static topic_info topic(const std::string& name, std::uint32_t id,
                          std::uint32_t queues);

  void make_group(const std::string& name) {
    group_config group;
    group.name = name;
    world->groups->take(group);
  }

  void change_topics(const std::vector<topic_info>& changed);

  /// Starts a member that keeps its newest assignment: see assigned().
  caf::actor start_member(const std::string& id);

  /// "0@10 1@10 " for the queues of a member, "none" before it has any
  /// assignment.
  std::string assigned(const std::string& id) const;

  std::uint64_t generation(const std::string& id) const;

  // Requests answer "ok", what was accepted, a list, or an error as text.

  std::string join(const std::string& id, const std::string& group = "g",
                   std::vector<std::string> topics = {"t"});
  std::string report(
    const std::string& id,
    const std::vector<std::pair<std::uint32_t, std::uint64_t>>& offsets = {},
    bool leaving = false);
  std::string query(const std::string& group = "g");
  std::string reset(schema::StartFrom to, const std::string& topic = "t",
                    const std::string& group = "g");

  template <class Reply, class... Ts>
  std::string ask(Ts&&... request) {
    std::string text = "no answer";
    auto reply =
      self->request(service, caf::infinite, std::forward<Ts>(request)...);
    run();
    reply.receive(
      [&](const Reply& x) { text = show(x); },
      [&](const caf::error& why) { text = to_string(to_failure(why)); });
    return text;
  }

  static std::string show(const envelope<schema::JoinReply>& x);
  static std::string show(const envelope<schema::MemberReportReply>& x);
  static std::string show(const envelope<schema::GroupList>& x);

  surroundings_ptr world = std::make_shared<surroundings>();
  log_service_actor log;
  broker_service_actor broker;
  topic_catalog_actor catalog;
  offset_committer_actor committer;
  group_catalog_actor group_catalog;
  special::retry_service_actor retry;
  std::shared_ptr<group_services> services = std::make_shared<group_services>();
  group_membership_actor service; // what requests go to
  std::map<std::string, caf::actor> members;

private:
  struct inbox {
    std::string queues = "none";
    std::uint64_t generation = 0;
  };

  std::map<std::string, std::shared_ptr<inbox>> inboxes_;
  std::vector<caf::actor> started_;
};

} // namespace apogee::groups
