#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace apogee::core {

/// Which member of which group has a queue for itself. RocketMQ's ordered
/// consumers lock a queue, for a while that they renew; a queue that a native
/// member owns is held for it until it is given back. Any thread.
class queue_locks {
public:
  using instant = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds lock_life{60};

  struct queue {
    std::string topic;
    std::int32_t number = 0;
    auto operator<=>(const queue&) const = default;
  };

  /// True when the queue is now the client's. Any thread, as all of them.
  bool lock(const std::string& group, const queue& wanted,
            const std::string& client, instant now) {
    return take(group, wanted, {client, now + lock_life}, now);
  }

  /// The same for a native member, and without an end.
  bool hold(const std::string& group, const queue& wanted,
            const std::string& member, instant now) {
    return take(group, wanted, {member, instant::max()}, now);
  }

  /// A native member has it.
  bool is_held(const std::string& group, const queue& which) const {
    std::lock_guard guard{mutex_};
    const auto locks = groups_.find(group);
    if (locks == groups_.end())
      return false;
    const auto found = locks->second.find(which);
    return found != locks->second.end()
           && found->second.until == instant::max();
  }

  /// Whose the locked queues of a group are.
  std::map<queue, std::string> owners(const std::string& group) const {
    std::lock_guard guard{mutex_};
    std::map<queue, std::string> out;
    if (const auto locks = groups_.find(group); locks != groups_.end())
      for (const auto& [which, held] : locks->second)
        out.emplace(which, held.client);
    return out;
  }

  /// Does nothing when it is somebody else's.
  void unlock(const std::string& group, const queue& given,
              const std::string& client) {
    remove_if(group, [&](const auto& entry) {
      return entry.first == given && entry.second.client == client;
    });
  }

  /// The client has left the group: nobody waits for its locks to end.
  void release(const std::string& group, const std::string& client) {
    remove_if(group,
              [&](const auto& entry) { return entry.second.client == client; });
  }

  /// Nobody knows any more which native members there are.
  void release_held(const std::string& group) {
    remove_if(group, [](const auto& entry) {
      return entry.second.until == instant::max();
    });
  }

  /// Forgets locks that have ended.
  void expire(instant now) {
    std::lock_guard guard{mutex_};
    for (auto& [group, locks] : groups_)
      std::erase_if(
        locks, [&](const auto& entry) { return entry.second.until <= now; });
    std::erase_if(groups_, [](const auto& x) { return x.second.empty(); });
  }

  /// Whether somebody in the group has locked a queue, as only those do who
  /// read in order; a native member holds its queues in any case.
  bool is_any_locked(const std::string& group, instant now) const {
    std::lock_guard guard{mutex_};
    const auto locks = groups_.find(group);
    return locks != groups_.end()
           && std::any_of(locks->second.begin(), locks->second.end(),
                          [now](const auto& entry) {
                            const auto until = entry.second.until;
                            return now < until && until != instant::max();
                          });
  }

private:
  struct holder {
    std::string client;
    instant until;
  };

  bool take(const std::string& group, const queue& wanted, holder next,
            instant now) {
    std::lock_guard guard{mutex_};
    auto& held = groups_[group][wanted];
    if (held.client != next.client && now < held.until)
      return false;
    held = std::move(next);
    return true;
  }

  template <class Predicate>
  void remove_if(const std::string& group, Predicate is_over) {
    std::lock_guard guard{mutex_};
    const auto locks = groups_.find(group);
    if (locks == groups_.end())
      return;
    std::erase_if(locks->second, is_over);
    if (locks->second.empty())
      groups_.erase(locks);
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::map<queue, holder>> groups_;
};

/// The locks of one group, for whom it is the only one.
class group_locks {
public:
  group_locks(std::shared_ptr<queue_locks> locks, std::string group)
    : locks_(std::move(locks)), group_(std::move(group)) {}

  bool hold(const queue_locks::queue& wanted, const std::string& member,
            queue_locks::instant now) {
    return locks_->hold(group_, wanted, member, now);
  }

  void unlock(const queue_locks::queue& given, const std::string& member) {
    locks_->unlock(group_, given, member);
  }

private:
  std::shared_ptr<queue_locks> locks_;
  std::string group_;
};

} // namespace apogee::core
