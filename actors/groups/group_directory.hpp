#pragma once

#include "actors/answer.hpp"
#include "actors/groups/group_services.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace apogee::groups {

/// Starts the coordinator of a group, or finds the one that runs already, and
/// calls `then` in a later turn of the directory.
using coordinator_starter = std::function<void(
  group_directory_actor::pointer self, const std::string& group,
  std::function<void(const result<rebalance_coordinator_actor>&)> then)>;

/// Groups that a list of all asks at a time.
inline constexpr std::size_t listed_at_a_time_max = 16;

/// Service "groups": finds or starts the coordinator of a group and passes
/// requests on to it; what members give back goes to the retry_service. Which
/// groups there are is the group_catalog's to say; the first member of a new
/// one waits until it is there.
///
/// A coordinator that has been of no use for group_services::idle_after is let
/// go, and started again by the next request; one that crashed, too. A report
/// to a group without coordinator is answered with errc::unknown_member, so
/// that the member joins again. Other errors: errc::illegal_name,
/// errc::unknown_group (query and reset of a group that nobody ever joined, a
/// join where groups are not made by themselves), errc::malformed (naming the
/// node), errc::busy, and those of the catalog, the coordinator and the
/// retry_service.
class group_directory_state {
public:
  static inline const char* name = "group_directory";

  explicit group_directory_state(group_directory_actor::pointer self)
    : self_(self) {}

  /// REQUIRES: called once, before all others.
  void open(group_services_ptr services, coordinator_starter starter);

  template <class Reply, class What>
  caf::result<Reply> serve(What what);

  void join(const envelope<schema::JoinRequest>& request,
            const caf::actor& member, answer reply);
  void report(const envelope<schema::MemberReport>& request, answer reply);
  void query(const envelope<schema::GroupQuery>& request, answer reply);
  void reset(const envelope<schema::GroupReset>& request, answer reply);
  void send_back(const envelope<schema::SendBack>& request, answer reply);
  void look_at_rocketmq(const std::string& group);
  void start(const std::string& group);
  void retire_idle();

private:
  using coordinator_user =
    std::function<void(const result<rebalance_coordinator_actor>&)>;

  enum class phase : std::uint8_t { starting, running, retiring };

  struct entry {
    phase now = phase::starting;
    rebalance_coordinator_actor coordinator; // null while starting
    std::deque<coordinator_user> held;       // up to held_requests_max
    int attempts = 0; // that found a coordinator which had ended
  };

  /// A list of all groups that is being put together.
  struct list_job {
    answer reply;
    std::vector<std::string> names;
    std::size_t next = 0; // to be asked
    std::size_t done = 0;
    std::vector<envelope<schema::GroupList>> parts;
  };

  bool is_known(const std::string& group) const;
  failure unknown_group(const std::string& group) const;

  void with_coordinator(const std::string& group, coordinator_user use);
  template <class... Ts>
  void pass_on(const std::string& group, answer reply, Ts... values);
  void started(const std::string& group,
               const result<rebalance_coordinator_actor>& found);
  void set_running(entry& x);
  void retire(const std::string& group, entry& x);
  void lose(const caf::actor_addr& source);
  void list_all(answer reply);
  void list_next(const std::shared_ptr<list_job>& job);
  void refuse(answer& reply, const failure& why);

  group_directory_actor::pointer self_;
  group_services_ptr services_;
  coordinator_starter starter_;
  std::map<std::string, entry> entries_;
  std::map<caf::actor_addr, std::string> groups_;
  std::set<caf::actor_addr> ended_; // since the last look for idle ones
};

/// Spawn it as any scheduled actor; its handle is a group_service_actor as
/// well.
group_directory_actor::behavior_type group_directory(
  group_directory_actor::stateful_pointer<group_directory_state> self,
  group_services_ptr services, coordinator_starter starter);

} // namespace apogee::groups
