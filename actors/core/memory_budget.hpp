#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace apogee::core {

/// Counts bytes that are in the node's hands: accepted and not yet answered.
/// Thread-safe. A lease gives its bytes back when it is destroyed.
class memory_budget : public std::enable_shared_from_this<memory_budget> {
public:
  explicit memory_budget(std::uint64_t limit_bytes) : limit_(limit_bytes) {}

  class lease {
  public:
    lease() = default;

    lease(lease&& other) noexcept
      : budget_(std::move(other.budget_)),
        bytes_(std::exchange(other.bytes_, 0)) {}

    lease& operator=(lease&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }

    ~lease() {
      if (budget_)
        budget_->used_.fetch_sub(bytes_, std::memory_order_relaxed);
    }

  private:
    friend class memory_budget;

    lease(std::shared_ptr<memory_budget> budget, std::uint64_t bytes)
      : budget_(std::move(budget)), bytes_(bytes) {}

    std::shared_ptr<memory_budget> budget_;
    std::uint64_t bytes_ = 0;
  };

  /// Takes `bytes`; false when that would go over the limit, unless nothing
  /// is taken at all (so that one large request always gets through).
  bool try_take(std::uint64_t bytes, lease& out) {
    const auto before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before != 0 && before + bytes > limit_) {
      used_.fetch_sub(bytes, std::memory_order_relaxed);
      return false;
    }
    out = lease{shared_from_this(), bytes};
    return true;
  }

  std::uint64_t used_bytes() const {
    return used_.load(std::memory_order_relaxed);
  }

  std::uint64_t limit_bytes() const { return limit_; }

private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
};

} // namespace apogee::core
