#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

/// What a supervisor does when one of its children ends.
namespace apogee::core {

enum class restart_strategy : std::uint8_t {
  one_for_one,  ///< only the child that failed is restarted
  one_for_all,  ///< all children are restarted
  rest_for_one, ///< the child and those that were started after it
};

/// "one_for_one", …
std::string to_string(restart_strategy strategy);

enum class child_kind : std::uint8_t {
  permanent, ///< restarted however it ended
  transient, ///< restarted when it failed, done when it ended in order
  temporary, ///< never restarted
};

/// How often and how fast a supervisor repairs.
struct restart_limits {
  /// Failures of all children together inside `window` that are repaired; one
  /// more is passed upwards.
  std::uint32_t restarts_max = 4;
  std::chrono::milliseconds window{10'000};
  /// The first restart is made at once; the second waits for `backoff_first`,
  /// each further one for twice as long, up to `backoff_max`.
  std::chrono::milliseconds backoff_first{10};
  std::chrono::milliseconds backoff_max{1'000};
};

enum class restart_action : std::uint8_t {
  forget,   ///< the child is done
  restart,  ///< stop `stop`, wait for `delay`, start `start`
  escalate, ///< stop all children and fail: the parent decides
};

struct restart_decision {
  restart_action action = restart_action::forget;
  /// Children to be stopped first, in this order; without the one that ended.
  std::vector<std::size_t> stop;
  /// Children to be started afterwards, in this order.
  std::vector<std::size_t> start;
  std::chrono::milliseconds delay{0};
  /// Failures inside the window, with this one.
  std::uint32_t restarts = 0;
};

/// The decision in words, for the supervision log: "restart in 20ms".
std::string describe(const restart_decision& decision);

/// Counts the failures of one supervisor's children and decides. Children are
/// known by their place in the order in which they were started.
class restart_policy {
public:
  using time_point = std::chrono::steady_clock::time_point;

  restart_policy(restart_strategy strategy, restart_limits limits)
    : strategy_(strategy), limits_(limits) {}

  /// Child number `child` of `children` ended without having been told to.
  /// The failure of a temporary child counts like one that is repaired, since
  /// whoever needs it will ask for it again.
  /// REQUIRES: child < children; `now` never goes back.
  restart_decision child_ended(std::size_t child, std::size_t children,
                               child_kind kind, bool failed, time_point now);

  /// A child that has no place in the order and is not restarted has failed:
  /// forget or escalate.
  restart_decision dynamic_child_failed(time_point now);

  /// Failures inside the window that ends at `now`.
  std::uint32_t restarts(time_point now);

  const restart_limits& limits() const { return limits_; }

  restart_strategy strategy() const { return strategy_; }

private:
  void count(restart_decision& decision, time_point now);

  restart_strategy strategy_;
  restart_limits limits_;
  std::deque<time_point> failures_; // at most restarts_max + 1
};

} // namespace apogee::core
