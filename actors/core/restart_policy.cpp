#include "actors/core/restart_policy.hpp"

#include "messages/errors.hpp"

#include <algorithm>

namespace apogee::core {

std::string to_string(restart_strategy strategy) {
  switch (strategy) {
  case restart_strategy::one_for_one:
    return "one_for_one";
  case restart_strategy::one_for_all:
    return "one_for_all";
  case restart_strategy::rest_for_one:
    return "rest_for_one";
  }
  return "unknown";
}

std::string describe(const restart_decision& decision) {
  switch (decision.action) {
  case restart_action::forget:
    return "forget";
  case restart_action::escalate:
    return "pass upwards";
  case restart_action::restart:
    break;
  }
  std::string text = "restart";
  const auto siblings = decision.start.size() - 1;
  if (siblings > 0)
    text += " with " + std::to_string(siblings)
            + (siblings == 1 ? " sibling" : " siblings");
  if (decision.delay.count() == 0)
    return text + " at once";
  return text + " in " + std::to_string(decision.delay.count()) + "ms";
}

restart_decision restart_policy::child_ended(std::size_t child,
                                             std::size_t children,
                                             child_kind kind, bool failed,
                                             time_point now) {
  APOGEE_CHECK(child < children);
  restart_decision decision;
  if (kind != child_kind::permanent && !failed) {
    decision.restarts = restarts(now);
    return decision;
  }
  if (kind == child_kind::temporary)
    return dynamic_child_failed(now);
  decision.action = restart_action::restart;
  std::size_t first = child;
  std::size_t last = child + 1;
  if (strategy_ != restart_strategy::one_for_one)
    last = children;
  if (strategy_ == restart_strategy::one_for_all)
    first = 0;
  for (auto i = first; i < last; ++i)
    decision.start.push_back(i);
  for (auto i = last; i > first; --i)
    if (i - 1 != child)
      decision.stop.push_back(i - 1);
  count(decision, now);
  return decision;
}

restart_decision restart_policy::dynamic_child_failed(time_point now) {
  restart_decision decision;
  count(decision, now);
  return decision;
}

std::uint32_t restart_policy::restarts(time_point now) {
  while (!failures_.empty() && now - failures_.front() >= limits_.window)
    failures_.pop_front();
  return static_cast<std::uint32_t>(failures_.size());
}

void restart_policy::count(restart_decision& decision, time_point now) {
  failures_.push_back(now);
  decision.restarts = restarts(now);
  if (decision.restarts > limits_.restarts_max) {
    decision.action = restart_action::escalate;
    decision.stop.clear();
    decision.start.clear();
    return;
  }
  if (decision.restarts < 2)
    return;
  auto delay = limits_.backoff_first;
  for (auto n = decision.restarts; n > 2 && delay < limits_.backoff_max; --n)
    delay *= 2;
  decision.delay = std::min(delay, limits_.backoff_max);
}

} // namespace apogee::core
