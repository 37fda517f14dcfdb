#pragma once

#include "actors/core/subscription_filter.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace apogee::remoting {

/// What a consumer group wants of a topic, as its members' heartbeats say; a
/// pull that brings no expression of its own means this one.
struct known_subscription {
  std::shared_ptr<const core::subscription_filter> filter;
  std::int64_t version = 0;
};

/// Filled by the service that takes heartbeats, read by sessions. Any thread.
class subscription_registry {
public:
  void set(const std::string& group, const std::string& topic,
           known_subscription subscription) {
    std::lock_guard guard{mutex_};
    groups_[group][topic] = std::move(subscription);
  }

  /// The group has no members, or no longer cares for the topic.
  void remove(const std::string& group, const std::string& topic) {
    std::lock_guard guard{mutex_};
    if (const auto found = groups_.find(group); found != groups_.end()) {
      found->second.erase(topic);
      if (found->second.empty())
        groups_.erase(found);
    }
  }

  void remove(const std::string& group) {
    std::lock_guard guard{mutex_};
    groups_.erase(group);
  }

  std::optional<known_subscription> find(const std::string& group,
                                         const std::string& topic) const {
    std::lock_guard guard{mutex_};
    const auto entry = groups_.find(group);
    if (entry == groups_.end())
      return {};
    const auto found = entry->second.find(topic);
    if (found == entry->second.end())
      return {};
    return found->second;
  }

  /// Whether the group's members each read everything.
  void set_broadcasting(const std::string& group, bool is_broadcasting) {
    std::lock_guard guard{mutex_};
    if (is_broadcasting)
      broadcasting_.insert(group);
    else
      broadcasting_.erase(group);
  }

  bool is_broadcasting(const std::string& group) const {
    std::lock_guard guard{mutex_};
    return broadcasting_.contains(group);
  }

  bool knows(const std::string& group) const {
    std::lock_guard guard{mutex_};
    return groups_.contains(group);
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, known_subscription>> groups_;
  std::set<std::string> broadcasting_;
};

} // namespace apogee::remoting
