#include "actors/core/topic_route.hpp"

#include "messages/errors.hpp"

#include <algorithm>
#include <utility>

namespace apogee::core {

topic_route::topic_route(std::vector<broker_route> routes)
  : routes_(std::move(routes)) {
  std::sort(routes_.begin(), routes_.end(),
            [](const auto& a, const auto& b) { return a.broker < b.broker; });
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (routes_[i].write_queues == 0 || !routes_[i].is_writable())
      continue;
    writable_.push_back(i);
    queues_ += routes_[i].write_queues;
  }
  next_queue_.resize(writable_.size());
}

std::optional<queue_choice>
topic_route::next(const std::function<bool(const std::string&)>& is_usable) {
  for (std::size_t tries = 0; tries < writable_.size(); ++tries) {
    const auto at = next_broker_;
    next_broker_ = (next_broker_ + 1) % writable_.size();
    const auto& route = routes_[writable_[at]];
    if (!is_usable(route.address))
      continue;
    const auto queue = next_queue_[at];
    next_queue_[at] = (queue + 1) % route.write_queues;
    return queue_choice{route.address, route.broker, queue};
  }
  return {};
}

queue_choice topic_route::of_slot(std::uint64_t slot) const {
  APOGEE_CHECK(slot < queues_);
  auto rest = slot;
  for (const auto index : writable_) {
    const auto& route = routes_[index];
    if (rest < route.write_queues)
      return {route.address, route.broker, static_cast<std::uint32_t>(rest)};
    rest -= route.write_queues;
  }
  return {};
}

void topic_route::continue_from(const topic_route& other) {
  for (std::size_t i = 0; i < writable_.size(); ++i)
    for (std::size_t j = 0; j < other.writable_.size(); ++j)
      if (routes_[writable_[i]].broker
          == other.routes_[other.writable_[j]].broker)
        next_queue_[i] =
          other.next_queue_[j] % routes_[writable_[i]].write_queues;
}

} // namespace apogee::core
