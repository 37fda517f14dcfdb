#pragma once

#include <chrono>
#include <cstdint>
#include <map>
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

  /// True when the queue is now the client's.
  bool lock(const std::string& group, const queue& wanted,
            const std::string& client, instant now) {
    auto& held = locks_[{group, wanted}];
    if (held.client != client && now < held.until)
      return false;
    held = {client, now + lock_life};
    return true;
  }

  /// Does nothing when it is somebody else's.
  void unlock(const std::string& group, const queue& given,
              const std::string& client) {
    const auto found = locks_.find({group, given});
    if (found != locks_.end() && found->second.client == client)
      locks_.erase(found);
  }

  /// The client has left the group: nobody waits for its locks to end.
  void release(const std::string& group, const std::string& client) {
    std::erase_if(locks_, [&](const auto& entry) {
      return entry.first.first == group && entry.second.client == client;
    });
  }

  /// Forgets locks that have ended.
  void expire(instant now) {
    std::erase_if(locks_,
                  [&](const auto& entry) { return entry.second.until <= now; });
  }

private:
  struct holder {
    std::string client;
    instant until;
  };

  std::map<std::pair<std::string, queue>, holder> locks_;
};

} // namespace apogee::core
