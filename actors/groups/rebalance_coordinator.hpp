#pragma once

#include "actors/answer.hpp"
#include "actors/core/group_state.hpp"
#include "actors/groups/group_encoding.hpp"
#include "actors/groups/group_services.hpp"
#include "actors/groups/offset_reader.hpp"

#include <caf/actor_addr.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace apogee::groups {

/// Shares out one broker's queues among the members of one consumer group, and
/// keeps how far the group has come. The decisions are core::group_state's.
///
/// Starts with the offsets in the views (after a barrier of the log) and the
/// broker's topics; requests wait so long. Members are monitored, so that one
/// that dies is noticed with its connection; one that is silent for three
/// heartbeats is given up.
///
/// A report is answered once its offsets count in memory; the offset_committer
/// has them in the log within groups.commit_interval, and at once when a queue
/// changes hands or a member leaves. After a crash the successor does not know
/// the members: their next report is answered with errc::unknown_member, and
/// they join again.
///
/// A reset is answered when it is in the log. Other errors: errc::malformed
/// (naming the node), errc::invalid_argument, errc::illegal_name, errc::busy,
/// errc::unknown_topic, and those of the broker's offset queries.
class rebalance_coordinator_state {
public:
  static inline const char* name = "rebalance_coordinator";

  explicit rebalance_coordinator_state(
    rebalance_coordinator_actor::pointer self)
    : self_(self) {}

  /// However it ends: nobody knows any more which native members there are.
  ~rebalance_coordinator_state();

  /// REQUIRES: called once, before all others.
  void open(group_services_ptr services, std::string group);

  // -- what the actor hears --------------------------------------------------

  /// Runs `what(answer)` now, or when the group is loaded.
  template <class Reply>
  caf::result<Reply> serve(std::function<void(answer)> what);

  void join(const envelope<schema::JoinRequest>& request,
            const caf::actor& member, answer reply);
  void report(const envelope<schema::MemberReport>& request, answer reply);
  void describe(answer reply);
  void reset(const envelope<schema::GroupReset>& request, answer reply);
  void take_changes(const std::vector<topic_info>& changed);
  void look_at_rocketmq();
  void tick();
  void load();
  void list_topics();

  /// True when the actor ends because it is not needed.
  bool retire();

private:
  using instant = core::group_state::instant;

  struct held_request {
    std::function<void(answer)> what;
    answer reply;
  };

  /// A reset whose queues' ends are being asked for.
  struct reset_job {
    answer reply;
    core::start_policy to;
    std::size_t open = 0;
    std::vector<core::queue_commit> offsets;
    std::optional<failure> failed;
  };

  /// A picture of the group whose queues' ends are being asked for.
  struct describe_job {
    answer reply;
    std::size_t open = 0;
    std::map<queue_id, core::queue_ends> ends;
  };

  instant now() const { return self_->clock().now(); }

  // -- loading ---------------------------------------------------------------
  void find_offsets();
  void take_list(const std::vector<topic_info>& all);
  void retry_later(bool whole);
  void lose(const caf::actor_addr& source);

  // -- effects ---------------------------------------------------------------
  void apply(const core::group_effects& effects);
  void ask(const core::group_effects::question& question);
  void tell_rocketmq();
  void attach(const std::string& id, const caf::actor& member);
  void detach(const std::string& id);
  void arm_tick();

  // -- answers ---------------------------------------------------------------
  void reset_topic(const reset_order& order, answer reply);
  void finish_reset(reset_job& job);
  void give_picture(describe_job& job);
  void refuse(answer& reply, const failure& why);

  rebalance_coordinator_actor::pointer self_;
  group_services_ptr services_;
  std::string group_;
  std::optional<offset_reader> offsets_;
  std::optional<core::group_state> state_; // empty while loading
  std::shared_ptr<core::committed_offsets> committed_;
  std::deque<held_request> held_;
  std::vector<std::function<void()>> after_list_;
  topic_catalog_actor catalog_;
  std::map<std::string, caf::actor> members_;
  std::map<caf::actor_addr, std::string> ids_;
  std::optional<instant> tick_at_;
  std::size_t resets_open_ = 0; // that wait for the log
  instant used_;                // last time the group was of use to somebody
};

/// Spawn it as any scheduled actor. Ends with errc::restarting or another
/// failure of category "apogee" only when it crashes.
rebalance_coordinator_actor::behavior_type rebalance_coordinator(
  rebalance_coordinator_actor::stateful_pointer<rebalance_coordinator_state>
    self,
  group_services_ptr services, std::string group);

} // namespace apogee::groups
