#include "actors/client/ask.hpp"
#include "actors/client/environment.hpp"
#include "actors/client/producer_actor.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

/// How a producer knows its brokers: routes, connections, and what becomes of
/// the messages when these change.
namespace apogee::client {

void producer_actor::linked(link_update& update) {
  const auto found = links_.find(update.link);
  if (found == links_.end())
    return;
  auto& broker = brokers_.at(found->second);
  const bool was_up = broker.service != nullptr;
  broker.service = update.service;
  broker.why = update.why;
  if (!broker.service && was_up) {
    std::vector<std::uint64_t> lost;
    for (const auto& [id, sent] : requests_)
      if (sent.address == broker.address)
        lost.push_back(id);
    std::sort(lost.begin(), lost.end()); // the order in which they were sent
    for (const auto id : lost)
      failed(id, update.why);
  }
  if (broker.service)
    for (auto& [index, topic] : topics_)
      for (auto waiting = std::exchange(topic.waiting, {});
           auto& batch : waiting)
        dispatch(std::move(batch));
  pump();
}

void producer_actor::routed(route_update& update) {
  const auto found = topic_indices_.find(update.topic);
  if (found == topic_indices_.end())
    return;
  auto& topic = topics_.at(found->second);
  topic.why = update.why;
  core::topic_route route{std::move(update.routes)};
  if (!route.routes().empty() && route.is_empty())
    topic.why = {errc::permission_denied,
                 "topic '" + topic.name + "' may not be written to"};
  if (!route.is_empty()) {
    route.continue_from(topic.route);
    topic.route = std::move(route);
    topic.is_known = true;
    for (const auto& entry : topic.route.routes())
      connect(entry);
    forget_unrouted();
  }
  // A topic that was there is waited for: its broker may be restarting.
  const bool is_hopeless =
    topic.why.code == errc::permission_denied
    || (topic.why.code == errc::unknown_topic && !topic.is_known);
  if (!is_hopeless) {
    for (auto waiting = std::exchange(topic.waiting, {}); auto& batch : waiting)
      dispatch(std::move(batch));
    return pump();
  }
  topic.is_watched = false;
  tell(self_, watcher_, unwatch_atom::value, topic.name);
  // One by one: a callback that stops the producer answers the others at once.
  while (!topic.waiting.empty()) {
    auto batch = std::move(topic.waiting.front());
    topic.waiting.pop_front();
    answer(std::move(batch), topic.why);
  }
  pump();
}

void producer_actor::ask_route(topic_state& topic) {
  const auto now = self_->clock().now();
  if (topic.is_watched && now < topic.asked + route_ask_pause)
    return;
  topic.is_watched = true;
  topic.asked = now;
  tell(self_, watcher_, watch_atom::value, topic.name);
}

void producer_actor::connect(const core::broker_route& route) {
  auto& broker = brokers_[route.address];
  broker.name = route.broker;
  if (broker.link)
    return;
  broker.address = route.address;
  broker.why = {errc::unreachable, "not connected yet to " + route.address};
  links_.emplace(++last_link_, route.address);
  broker.link = spawn_scheduled<service_link>(
    self_->home_system(), caf::actor_cast<caf::actor>(self_), connector_,
    link_target{{route.address}, "broker", last_link_});
}

/// Drops brokers that no topic names any more, once their connection is gone.
/// What waits for them in order goes where the present routes say.
void producer_actor::forget_unrouted() {
  for (auto at = brokers_.begin(); at != brokers_.end();) {
    const auto is_routed = [&](const auto& entry) {
      const auto& routes = entry.second.route.routes();
      return std::any_of(routes.begin(), routes.end(), [&](const auto& route) {
        return route.address == at->first;
      });
    };
    if (at->second.service
        || std::any_of(topics_.begin(), topics_.end(), is_routed)) {
      ++at;
      continue;
    }
    caf::anon_send_exit(at->second.link, caf::exit_reason::user_shutdown);
    auto lanes = std::move(at->second.lanes);
    std::erase_if(links_, [&](const auto& l) { return l.second == at->first; });
    at = brokers_.erase(at);
    for (auto& [key, lane] : lanes)
      for (auto& batch : lane.waiting)
        dispatch(std::move(batch));
  }
}

/// Whose broker is away may be served by another one, or at another address.
void producer_actor::ask_for_stranded() {
  for (auto& [index, topic] : topics_)
    if (!topic.waiting.empty())
      ask_route(topic);
  for (auto& [address, broker] : brokers_) {
    if (broker.service)
      continue;
    for (auto& [key, lane] : broker.lanes)
      if (!lane.waiting.empty())
        ask_route(topics_.at(key.topic));
  }
}

bool producer_actor::has_other_broker(const outgoing_batch& batch,
                                      const std::string& address) const {
  if (batch.is_sharded)
    return false;
  const auto& routes = topics_.at(batch.topic.value).route.routes();
  return std::any_of(routes.begin(), routes.end(), [&](const auto& route) {
    const auto found = brokers_.find(route.address);
    return route.address != address && route.is_writable()
           && found != brokers_.end() && found->second.service;
  });
}

} // namespace apogee::client
