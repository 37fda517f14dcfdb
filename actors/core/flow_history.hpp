#pragma once

#include "actors/core/flow.hpp"

#include <chrono>
#include <cstddef>
#include <vector>

namespace apogee::core {

/// What a flow carried during one span of time.
struct flow_window {
  flow::totals carried;
  std::chrono::duration<double> span{0}; ///< seconds; never 0

  double messages_per_second() const {
    return static_cast<double>(carried.messages) / span.count();
  }
};

struct flow_report {
  flow_window minute;
  flow_window hour;
  flow_window day;
};

/// A flow's last minute, hour and day, from samples of its totals: as many as
/// RocketMQ keeps, 7 that are 10 s apart, 7 of 10 minutes, 25 of an hour.
///
/// What is younger than the first sample is taken to have happened during one
/// period before it, so that a single message is no burst.
class flow_history {
public:
  using instant = std::chrono::steady_clock::time_point;

  /// How often it wants a sample; more often does no harm.
  static constexpr std::chrono::seconds sample_interval{10};

  /// `now` never goes back.
  void sample(instant now, const flow::totals& so_far);

  /// `so_far`: at `now`.
  flow_report report(instant now, const flow::totals& so_far) const;

  /// Nothing has flowed for a day, or ever in a flow that is an hour old.
  bool is_idle(const flow::totals& so_far) const;

private:
  struct moment {
    instant at;
    flow::totals totals;
  };

  struct series {
    std::chrono::seconds period;
    std::size_t kept_max;
    std::vector<moment> moments = {}; ///< the oldest one first

    void sample(instant now, const flow::totals& so_far);
    flow_window window(instant now, const flow::totals& so_far) const;
  };

  series minute_{sample_interval, 7};
  series hour_{std::chrono::minutes{10}, 7};
  series day_{std::chrono::hours{1}, 25};
};

} // namespace apogee::core
