#include "actors/client/push_consumer_actor.hpp"

#include "actors/client/ask.hpp"
#include "actors/client/environment.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <utility>

namespace apogee::client {

push_consumer_actor::push_consumer_actor(caf::scheduled_actor* self,
                                         consumer_context_ptr shared)
  : self_(self), shared_(std::move(shared)) {}

push_consumer_actor::~push_consumer_actor() {
  if (watcher_)
    caf::anon_send_exit(watcher_, caf::exit_reason::user_shutdown);
  for (auto& [broker, session] : sessions_)
    caf::anon_send_exit(session.actor, caf::exit_reason::user_shutdown);
  shared_->lifetime->terminate();
}

caf::behavior push_consumer_actor::make_behavior() {
  self_->set_down_handler([this](caf::down_msg& down) { ended(down.source); });
  watcher_ = spawn_scheduled<route_watcher>(
    self_->home_system(), caf::actor_cast<caf::actor>(self_),
    shared_->connector, shared_->settings.nameservers, consumer_route_refresh);
  for (const auto& wanted : shared_->settings.topics)
    tell(self_, watcher_, watch_atom::value, wanted.topic);
  return {
    [this](const route_update& update) { routed(update); },
    [this](stop_consumer_atom) { stop(); },
  };
}

void push_consumer_actor::routed(const route_update& update) {
  shared_->status->set_problem("topic/" + update.topic, update.why);
  if (is_stopping_)
    return;
  if (shared_->offsets)
    begin_broadcast(update);
  for (const auto& route : update.routes) {
    auto& session = sessions_[route.broker];
    if (!session.actor) {
      session = {spawn_hot<consumer_session>(
                   self_->home_system(),
                   environment{shared_->connector, shared_->in_io_thread},
                   shared_, route.broker, route.address),
                 route.address};
      self_->monitor(session.actor);
    } else if (session.address != route.address) {
      session.address = route.address;
      tell(self_, session.actor, move_session_atom::value, route.address);
    }
  }
}

/// Before there is a session that asks.
void push_consumer_actor::begin_broadcast(const route_update& update) {
  const auto is_known =
    !update.routes.empty() || update.why.code == errc::unknown_topic;
  if (!is_known)
    return;
  std::vector<topic_queue> queues;
  for (const auto& route : update.routes)
    for (std::uint32_t number = 0; number < route.read_queues; ++number)
      queues.push_back({route.broker, update.topic, number});
  using namespace std::chrono;
  const auto now = system_clock::now().time_since_epoch();
  shared_->offsets->begin(update.topic, queues,
                          duration_cast<milliseconds>(now).count());
}

void push_consumer_actor::stop() {
  if (std::exchange(is_stopping_, true))
    return;
  for (auto& [broker, session] : sessions_)
    tell(self_, session.actor, stop_session_atom::value);
  if (sessions_.empty())
    self_->quit();
}

/// A session that ends unasked has failed; the next routes start another one.
void push_consumer_actor::ended(const caf::actor_addr& source) {
  std::erase_if(sessions_, [&](const auto& entry) {
    return entry.second.actor.address() == source;
  });
  if (is_stopping_ && sessions_.empty())
    self_->quit();
}

} // namespace apogee::client
