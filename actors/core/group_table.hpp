#pragma once

#include "messages/group_config.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apogee::core {

/// The broker's consumer groups. Written by the group_catalog, when a change is
/// in the log; read by anybody, in any thread.
class group_table {
public:
  using pointer = std::shared_ptr<const group_config>;

  /// All of them, instead of those that were known.
  void replace(std::vector<group_config> groups) {
    decltype(groups_) all;
    for (auto& group : groups) {
      auto one = std::make_shared<const group_config>(std::move(group));
      all.emplace(one->name, one);
    }
    std::lock_guard guard{mutex_};
    groups_ = std::move(all);
  }

  /// Takes a change; `deleted` ends a group.
  void take(const group_config& group) {
    std::lock_guard guard{mutex_};
    if (group.deleted)
      groups_.erase(group.name);
    else
      groups_[group.name] = std::make_shared<const group_config>(group);
  }

  /// Null when there is no such group.
  pointer find(std::string_view name) const {
    std::lock_guard guard{mutex_};
    const auto found = groups_.find(name);
    return found == groups_.end() ? nullptr : found->second;
  }

  /// By name.
  std::vector<pointer> all() const {
    std::lock_guard guard{mutex_};
    std::vector<pointer> out;
    out.reserve(groups_.size());
    for (const auto& [name, group] : groups_)
      out.push_back(group);
    return out;
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, pointer, std::less<>> groups_;
};

} // namespace apogee::core
