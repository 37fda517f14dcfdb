#pragma once

#include "messages/ids.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace apogee::core {

/// Messages that went one way since the broker has started. Any thread; adding
/// to it takes no lock.
class flow {
public:
  struct totals {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0; ///< of records of the log
    std::uint64_t calls = 0; ///< that brought them, several at once

    friend totals operator-(const totals& a, const totals& b) {
      return {a.messages - b.messages, a.bytes - b.bytes, a.calls - b.calls};
    }
  };

  /// Whatever is added counts for the whole, too.
  explicit flow(std::shared_ptr<flow> whole = nullptr)
    : whole_(std::move(whole)) {}

  void add(std::uint64_t messages, std::uint64_t bytes) {
    messages_.fetch_add(messages, std::memory_order_relaxed);
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
    calls_.fetch_add(1, std::memory_order_relaxed);
    if (whole_)
      whole_->add(messages, bytes);
  }

  totals read() const { return {messages_, bytes_, calls_}; }

private:
  std::shared_ptr<flow> whole_;
  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> calls_{0};
};

using flow_pointer = std::shared_ptr<flow>;

/// What a group reads of a topic, and how far it has pulled there, committed or
/// not.
class group_flow : public flow {
public:
  using flow::flow;

  /// Of so many queues it knows how far the group has come.
  static constexpr std::size_t queues_max = 1024;

  /// A member was told to go on at `next`.
  void pulling(std::uint32_t queue, queue_offset next) {
    std::lock_guard guard{mutex_};
    if (const auto known = pulled_.find(queue); known != pulled_.end())
      known->second = next;
    else if (pulled_.size() < queues_max)
      pulled_.emplace(queue, next);
  }

  /// 0 where nobody has pulled.
  queue_offset pulled(std::uint32_t queue) const {
    std::lock_guard guard{mutex_};
    const auto known = pulled_.find(queue);
    return known == pulled_.end() ? queue_offset{} : known->second;
  }

  /// Its topic or its group is no more: who keeps it looks up another.
  void forget() { is_forgotten_ = true; }

  bool is_forgotten() const { return is_forgotten_; }

private:
  mutable std::mutex mutex_;
  std::map<std::uint32_t, queue_offset> pulled_;
  std::atomic<bool> is_forgotten_{false};
};

/// Whoever reads one queue.
struct queue_reader {
  std::shared_ptr<group_flow> flow; ///< null: the broker itself
  std::uint32_t queue = 0;

  explicit operator bool() const { return flow != nullptr; }

  /// It got this, maybe nothing, and was told to go on at `next`.
  void took(std::uint64_t messages, std::uint64_t bytes,
            queue_offset next) const {
    if (!flow)
      return;
    if (messages > 0)
      flow->add(messages, bytes);
    flow->pulling(queue, next);
  }
};

} // namespace apogee::core
