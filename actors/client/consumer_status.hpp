#pragma once

#include "actors/client/message.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace apogee::client {

/// What a push consumer's handle can say about its actors. Any thread.
class consumer_status {
public:
  void set_queues(const std::string& broker, std::vector<topic_queue> queues) {
    std::lock_guard guard{mutex_};
    queues_[broker] = std::move(queues);
  }

  /// `part`: who has the problem; errc::none: it is over.
  void set_problem(const std::string& part, failure why) {
    std::lock_guard guard{mutex_};
    if (why.code == errc::none)
      problems_.erase(part);
    else
      problems_[part] = std::move(why);
  }

  std::vector<topic_queue> queues() const {
    std::lock_guard guard{mutex_};
    std::vector<topic_queue> all;
    for (const auto& [broker, queues] : queues_)
      all.insert(all.end(), queues.begin(), queues.end());
    return all;
  }

  std::optional<failure> problem() const {
    std::lock_guard guard{mutex_};
    if (problems_.empty())
      return {};
    return problems_.begin()->second;
  }

  std::atomic<std::uint64_t> skipped_messages{0};
  std::atomic<std::uint64_t> corrected_offsets{0};

private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<topic_queue>> queues_; // by broker
  std::map<std::string, failure> problems_;
};

} // namespace apogee::client
