#pragma once

#include "messages/ids.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

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

  /// A member asks for what begins at `offset`.
  void pulling(std::uint32_t queue, queue_offset offset) {
    std::lock_guard guard{mutex_};
    if (pulled_.size() <= queue)
      pulled_.resize(queue + 1);
    pulled_[queue] = offset;
  }

  /// 0 where nobody has pulled.
  queue_offset pulled(std::uint32_t queue) const {
    std::lock_guard guard{mutex_};
    return queue < pulled_.size() ? pulled_[queue] : queue_offset{};
  }

private:
  mutable std::mutex mutex_;
  std::vector<queue_offset> pulled_;
};

} // namespace apogee::core
