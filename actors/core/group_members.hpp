#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace apogee::core {

/// A RocketMQ client in a group. It shares the queues by itself, as all of its
/// kind: by one rule, among the ids that the broker names to it.
struct rocketmq_member {
  std::string id;
  std::string address;
  std::uint8_t language = 0;    ///< RocketMQ's code
  std::int32_t version = 0;     ///< RocketMQ's ordinal
  bool is_broadcasting = false; ///< reads everything, shares nothing
  std::set<std::string> topics; ///< that the group reads
  /// By topic, what this one wants: all should want the same.
  std::map<std::string, std::string> expressions = {};
};

/// Who is in which group, for both kinds of members to see: native ones are
/// written by their coordinator, RocketMQ's by the service that takes
/// heartbeats. Any thread.
class group_members {
public:
  void set_native(const std::string& group, std::set<std::string> ids) {
    put(native_, group, std::move(ids));
  }

  void set_rocketmq(const std::string& group,
                    std::vector<rocketmq_member> members) {
    put(rocketmq_, group, std::move(members));
  }

  /// Those with RocketMQ's members.
  std::vector<std::string> rocketmq_groups() const {
    std::lock_guard guard{mutex_};
    std::vector<std::string> out;
    for (const auto& [group, members] : rocketmq_)
      out.push_back(group);
    return out;
  }

  std::set<std::string> native(const std::string& group) const {
    return get(native_, group);
  }

  std::vector<rocketmq_member> rocketmq(const std::string& group) const {
    return get(rocketmq_, group);
  }

private:
  template <class List>
  using by_group = std::map<std::string, List>;

  template <class List>
  void put(by_group<List>& lists, const std::string& group, List list) {
    std::lock_guard guard{mutex_};
    if (list.empty())
      lists.erase(group);
    else
      lists[group] = std::move(list);
  }

  template <class List>
  List get(const by_group<List>& lists, const std::string& group) const {
    std::lock_guard guard{mutex_};
    const auto found = lists.find(group);
    return found == lists.end() ? List{} : found->second;
  }

  mutable std::mutex mutex_;
  by_group<std::set<std::string>> native_;
  by_group<std::vector<rocketmq_member>> rocketmq_;
};

} // namespace apogee::core
