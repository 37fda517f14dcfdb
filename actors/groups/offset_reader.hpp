#pragma once

#include "actors/groups/group_services.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <string>

namespace apogee::groups {

/// Asks the broker where queues begin and end, a bounded number at a time: a
/// group may have tens of thousands of queues, and each of them an actor that
/// the question starts. Belongs to one coordinator.
class offset_reader {
public:
  /// Questions that the broker has at a time.
  static constexpr std::size_t in_flight_max = 64;

  struct question {
    std::string topic;
    std::uint32_t queue = 0;
    std::int64_t time_ms = -1; ///< -1: only the ends
    std::function<void(const result<core::queue_ends>&)> then;
  };

  offset_reader(rebalance_coordinator_actor::pointer self,
                handle_provider<broker_service_actor> broker)
    : self_(self), broker_(std::move(broker)) {}

  /// Calls `then` in a later turn or, when there is no broker, at once. Fails
  /// as the broker says, or with errc::timeout, errc::restarting,
  /// errc::unreachable.
  void ask(question what);

private:
  void send(question what);
  void finished();

  rebalance_coordinator_actor::pointer self_;
  handle_provider<broker_service_actor> broker_;
  std::size_t in_flight_ = 0;
  std::deque<question> waiting_; // at most a few for each queue of the group
};

} // namespace apogee::groups
