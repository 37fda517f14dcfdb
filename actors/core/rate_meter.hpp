#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace apogee::core {

/// How fast a count that only grows has grown lately, from samples of it.
class rate_meter {
public:
  using instant = std::chrono::steady_clock::time_point;

  /// No rate is asked for over longer.
  static constexpr std::chrono::seconds window_max{600};

  /// Takes the count as it is now. `now` never goes back.
  void sample(instant now, std::uint64_t count) {
    samples_.push_back({now, count});
    // One sample from before the longest window is what it is measured from.
    while (samples_.size() > 2 && samples_[1].at + window_max <= now)
      samples_.pop_front();
  }

  /// Per second, from the last sample that is at least `window` older than the
  /// newest, or the first one there is; 0 before there are two.
  double over(std::chrono::seconds window) const {
    if (samples_.size() < 2)
      return 0;
    const auto& last = samples_.back();
    auto from = samples_.size() - 2;
    while (from > 0 && samples_[from].at + window > last.at)
      --from;
    const std::chrono::duration<double> passed = last.at - samples_[from].at;
    if (passed.count() <= 0)
      return 0;
    return static_cast<double>(last.count - samples_[from].count)
           / passed.count();
  }

private:
  struct entry {
    instant at;
    std::uint64_t count = 0;
  };

  std::deque<entry> samples_;
};

} // namespace apogee::core
