#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace apogee::core {

/// Which client of which group has a queue for itself, so that an ordered
/// consumer is alone with it. A lock that is not renewed ends by itself.
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
    std::lock_guard guard{mutex_};
    auto& held = locks_[{group, wanted}];
    if (held.client != client && now < held.until)
      return false;
    held = {client, now + lock_life};
    return true;
  }

  /// Does nothing when it is somebody else's.
  void unlock(const std::string& group, const queue& given,
              const std::string& client) {
    std::lock_guard guard{mutex_};
    const auto found = locks_.find({group, given});
    if (found != locks_.end() && found->second.client == client)
      locks_.erase(found);
  }

  /// The client has left the group: nobody waits for its locks to end.
  void release(const std::string& group, const std::string& client) {
    std::lock_guard guard{mutex_};
    std::erase_if(locks_, [&](const auto& entry) {
      return entry.first.first == group && entry.second.client == client;
    });
  }

  /// Forgets locks that have ended.
  void expire(instant now) {
    std::lock_guard guard{mutex_};
    std::erase_if(locks_,
                  [&](const auto& entry) { return entry.second.until <= now; });
  }

  /// Whether somebody in the group holds a queue.
  bool is_any_held(const std::string& group, instant now) const {
    std::lock_guard guard{mutex_};
    return std::any_of(locks_.begin(), locks_.end(), [&](const auto& entry) {
      return entry.first.first == group && now < entry.second.until;
    });
  }

private:
  struct holder {
    std::string client;
    instant until;
  };

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, queue>, holder> locks_;
};

} // namespace apogee::core
