#pragma once

#include "actors/answer.hpp"
#include "actors/broker/context.hpp"
#include "actors/group_messages.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace apogee::broker {

/// Owns the broker's consumer groups, native ones and RocketMQ's: keeps each
/// change in the log (at level disk) before anybody hears of it, and sees to it
/// that a group that is used has its retry topic. Serves group_catalog_actor.
///
/// Fails with errc::illegal_name, invalid_argument, unknown_group, restarting
/// until the views are read, busy while the group is being changed, and what
/// the log and the topic_catalog answer.
///
/// Which groups there are stands in context::groups. A successor reads them
/// from the views, after a barrier; `on_ready` is called when that is done.
/// Scheduled.
class group_catalog {
public:
  group_catalog(caf::event_based_actor* self, context_ptr shared,
                log_service_actor log, caf::actor topic_catalog,
                std::function<void()> on_ready);

  /// What it was about to end goes on.
  ~group_catalog();

  caf::behavior make_behavior();

private:
  void load();
  void load_groups();
  void want(const group_wanted& request);
  void update(const group_update& request);
  void remove(const group_removal& request);
  result<void> check(const std::string& name) const;
  result<void> check_config(const group_config& group) const;
  void keep(group_config group, answer reply);
  void make_retry_topic(const std::string& name);
  void finish(const std::string& name, const result<group_config>& outcome);
  void topics_changed(const std::vector<topic_info>& changed);

  caf::event_based_actor* self_;
  context_ptr shared_;
  log_service_actor log_;
  caf::actor topic_catalog_;
  std::function<void()> on_ready_;
  bool is_ready_ = false;
  std::map<std::string, std::vector<answer>> changing_; // by name
  /// Of groups that end with their offsets.
  std::map<std::string, std::shared_ptr<core::committed_offsets>> ending_;
  std::map<std::string, std::uint32_t> retry_topics_; // with their queues
};

} // namespace apogee::broker
