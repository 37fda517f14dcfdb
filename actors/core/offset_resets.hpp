#pragma once

#include "actors/core/queue_locks.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace apogee::core {

/// Offsets that somebody has set while RocketMQ members read the queues.
///
/// Problem: such a member commits what it has consumed, and so undoes the reset
/// for as long as it does not know of it; told by a request, Java's and Go's
/// clients take ten seconds to obey, and others do not understand it. Idea:
/// until the group has taken a reset over, commits to the queue do not count,
/// and who pulls elsewhere is sent to where it goes on. It is taken over when a
/// member asks where to start, commits exactly that offset, or pulls there
/// after it was sent; and after `life` in any case. Any thread.
class offset_resets {
public:
  using instant = std::chrono::steady_clock::time_point;
  using queue = queue_locks::queue;

  static constexpr std::chrono::seconds life{60};

  void begin(const std::string& group, const queue& which, std::int64_t offset,
             instant now) {
    std::lock_guard guard{mutex_};
    std::erase_if(resets_,
                  [&](const auto& one) { return one.second.until <= now; });
    resets_[{group, which}] = {offset, now + life, false};
    count_ = resets_.size();
  }

  /// Where a pull at `offset` has to go instead; none: it is right.
  std::optional<std::int64_t> redirect(const std::string& group,
                                       const queue& which, std::int64_t offset,
                                       instant now) {
    if (count_ == 0)
      return {};
    std::lock_guard guard{mutex_};
    const auto found = find(group, which, now);
    if (found == resets_.end())
      return {};
    auto& reset = found->second;
    if (offset != reset.offset) {
      reset.is_redirected = true;
      return reset.offset;
    }
    if (reset.is_redirected)
      erase(found);
    return {};
  }

  /// Whether a member's commit counts.
  bool admits(const std::string& group, const queue& which, std::int64_t offset,
              instant now) {
    if (count_ == 0)
      return true;
    std::lock_guard guard{mutex_};
    const auto found = find(group, which, now);
    if (found == resets_.end())
      return true;
    if (offset != found->second.offset)
      return false;
    erase(found);
    return true;
  }

  /// A member has asked where to start.
  void taken_over(const std::string& group, const queue& which) {
    if (count_ == 0)
      return;
    std::lock_guard guard{mutex_};
    if (const auto found = resets_.find({group, which}); found != resets_.end())
      erase(found);
  }

private:
  struct entry {
    std::int64_t offset = 0;
    instant until;
    bool is_redirected = false; ///< a pull was sent there
  };

  using table = std::map<std::pair<std::string, queue>, entry>;

  table::iterator find(const std::string& group, const queue& which,
                       instant now) {
    const auto found = resets_.find({group, which});
    if (found == resets_.end() || found->second.until > now)
      return found;
    erase(found);
    return resets_.end();
  }

  void erase(table::iterator which) {
    resets_.erase(which);
    count_ = resets_.size();
  }

  std::mutex mutex_;
  table resets_;
  std::atomic<std::size_t> count_{0}; ///< so that pulls need no lock
};

} // namespace apogee::core
