#include "actors/client/pull_consumer_actor.hpp"

#include "actors/client/ask.hpp"
#include "actors/client/environment.hpp"
#include "actors/client/pull_reply_reading.hpp"
#include "actors/protocol.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace apogee::client {

namespace {

using tick_atom = caf::atom_constant<caf::atom("consumtick")>;

template <class Done, class Answer>
void give(const Done& done, const Answer& answer) {
  try {
    if (done)
      done(answer);
  } catch (...) { // NOLINT: callbacks must not throw; others still get answers
  }
}

} // namespace

pull_consumer_actor::pull_consumer_actor(
  caf::scheduled_actor* self, pull_consumer_settings settings,
  caf::actor connector, std::shared_ptr<call_inbox> inbox,
  std::shared_ptr<actor_lifetime> lifetime)
  : self_(self), settings_(std::move(settings)),
    connector_(std::move(connector)), inbox_(std::move(inbox)),
    lifetime_(std::move(lifetime)) {}

pull_consumer_actor::~pull_consumer_actor() {
  close_all();
  if (watcher_)
    caf::anon_send_exit(watcher_, caf::exit_reason::user_shutdown);
  for (auto& [address, broker] : brokers_)
    caf::anon_send_exit(broker.link, caf::exit_reason::user_shutdown);
  lifetime_->terminate();
}

caf::behavior pull_consumer_actor::make_behavior() {
  watcher_ = spawn_scheduled<route_watcher>(
    self_->home_system(), caf::actor_cast<caf::actor>(self_), connector_,
    settings_.nameservers, consumer_route_refresh);
  lifetime_->close_within_callback = [this] {
    close_all();
    self_->quit();
  };
  return {
    [this](take_calls_atom) {
      // One by one: a callback that stops the consumer answers the others.
      for (auto left = inbox_->begin_turn(); left > 0; --left)
        if (auto call = inbox_->take())
          accept(std::move(*call));
    },
    [this](tick_atom) { tick(); },
    [this](link_update& update) { linked(update); },
    [this](route_update& update) { routed(update); },
    [this](stop_consumer_atom) {
      close_all();
      self_->quit();
    },
  };
}

void pull_consumer_actor::accept(consumer_call&& call) {
  const auto id = ++last_call_;
  if (!topics_.contains(call.topic)) {
    topics_[call.topic].why = {errc::no_route, "no nameserver answers"};
    tell(self_, watcher_, watch_atom::value, call.topic);
  }
  calls_.emplace(id, open_call{std::move(call), {}, 0, {}});
  try_one(id);
  schedule_tick();
}

void pull_consumer_actor::linked(link_update& update) {
  const auto found = links_.find(update.link);
  if (found == links_.end())
    return;
  auto& broker = brokers_.at(found->second);
  broker.service = update.service;
  broker.why = update.why;
  if (!broker.service)
    for (auto& [id, open] : calls_)
      if (open.address == found->second) {
        open.address.clear(); // reading twice does no harm: asked again
        open.why = update.why;
      }
  try_all();
}

void pull_consumer_actor::routed(route_update& update) {
  auto& topic = topics_[update.topic];
  topic.why = update.why;
  if (!update.routes.empty()) {
    topic.routes = std::move(update.routes);
    topic.is_known = true;
  }
  if (update.why.code == errc::unknown_topic && !topic.is_known) {
    std::vector<std::uint64_t> hopeless;
    for (const auto& [id, open] : calls_)
      if (open.call.topic == update.topic)
        hopeless.push_back(id);
    // The next call asks anew.
    tell(self_, watcher_, unwatch_atom::value, update.topic);
    topics_.erase(update.topic);
    for (const auto id : hopeless)
      fail(id, update.why);
    return;
  }
  try_all();
}

void pull_consumer_actor::tick() {
  is_tick_scheduled_ = false;
  const auto now = self_->clock().now();
  std::vector<std::pair<std::uint64_t, failure>> late;
  for (const auto& [id, open] : calls_)
    if (open.call.deadline <= now)
      late.emplace_back(
        id, failure{errc::timeout, "no answer in time"
                                     + (open.why.code == errc::none
                                          ? std::string{}
                                          : ": " + to_string(open.why))});
  for (const auto& [id, why] : late)
    fail(id, why);
  try_all();
  schedule_tick();
}

void pull_consumer_actor::try_all() {
  std::vector<std::uint64_t> waiting;
  for (const auto& [id, open] : calls_)
    if (open.address.empty())
      waiting.push_back(id);
  for (const auto id : waiting)
    try_one(id);
}

void pull_consumer_actor::try_one(std::uint64_t id) {
  const auto found = calls_.find(id);
  if (found == calls_.end())
    return;
  auto& open = found->second;
  const auto& topic = topics_[open.call.topic];
  if (!topic.is_known) {
    open.why = topic.why;
    return;
  }
  if (open.call.broker.empty())
    return answer_queues(id, topic);
  const auto route =
    std::find_if(topic.routes.begin(), topic.routes.end(),
                 [&](const auto& r) { return r.broker == open.call.broker; });
  if (route == topic.routes.end()) {
    open.why = {errc::no_route, "broker '" + open.call.broker
                                  + "' does not serve topic '" + open.call.topic
                                  + "'"};
    return;
  }
  const auto address = route->address;
  const auto& broker = broker_at(address);
  if (broker.service)
    ask_broker(id, address, broker.service);
  else
    open.why = broker.why;
}

void pull_consumer_actor::ask_broker(std::uint64_t id,
                                     const std::string& address,
                                     const caf::actor& service) {
  auto& open = calls_.at(id);
  open.address = address;
  if (const auto* pull = std::get_if<consumer_call::pull>(&open.call.what))
    send<schema::PullReply>(id, service, pull->request);
  else if (const auto* ends =
             std::get_if<consumer_call::offsets>(&open.call.what))
    send<schema::OffsetAnswer>(id, service, ends->query);
}

template <class Reply, class Request>
void pull_consumer_actor::send(std::uint64_t id, const caf::actor& service,
                               const Request& request) {
  const auto turn = ++calls_.at(id).turn;
  ask(
    self_, service, request,
    [this, id, turn](const envelope<Reply>& reply) {
      answered(id, turn, reply);
    },
    [this, id, turn](const caf::error& why) {
      failed(id, turn, to_failure(why));
    });
}

void pull_consumer_actor::answered(std::uint64_t id, std::uint64_t turn,
                                   const envelope<schema::PullReply>& reply) {
  // Outlives the call: destroying a callback may drop the last handle.
  const actor_lifetime::callback_scope scope{*lifetime_};
  const auto call = take(id, turn);
  if (!call)
    return;
  give(std::get<consumer_call::pull>(call->what).done,
       decode_batch(reply, call->broker, call->topic));
}

void pull_consumer_actor::answered(
  std::uint64_t id, std::uint64_t turn,
  const envelope<schema::OffsetAnswer>& reply) {
  // Outlives the call: destroying a callback may drop the last handle.
  const actor_lifetime::callback_scope scope{*lifetime_};
  const auto call = take(id, turn);
  if (!call)
    return;
  give(std::get<consumer_call::offsets>(call->what).done,
       reply.read([](schema::OffsetAnswer::Reader in) {
         return queue_ends{
           {in.getMinOffset()}, {in.getMaxOffset()}, {in.getAtTime()}};
       }));
}

void pull_consumer_actor::failed(std::uint64_t id, std::uint64_t turn,
                                 const failure& why) {
  const auto found = calls_.find(id);
  if (found == calls_.end() || found->second.turn != turn)
    return;
  if (!is_transient(why.code) && why.code != errc::crashed)
    return fail(id, why);
  found->second.address.clear(); // the next tick asks again
  found->second.why = why;
}

void pull_consumer_actor::answer_queues(std::uint64_t id,
                                        const topic_state& topic) {
  std::vector<topic_queue> queues;
  const auto& topic_name = calls_.at(id).call.topic;
  for (const auto& route : topic.routes)
    for (std::uint32_t i = 0; route.is_readable() && i < route.read_queues; ++i)
      queues.push_back({route.broker, topic_name, i});
  const actor_lifetime::callback_scope scope{*lifetime_};
  const auto call = take(id, calls_.at(id).turn);
  give(std::get<consumer_call::queues>(call->what).done,
       result<std::vector<topic_queue>>{std::move(queues)});
}

void pull_consumer_actor::fail(std::uint64_t id, const failure& why) {
  const auto found = calls_.find(id);
  if (found == calls_.end())
    return;
  const actor_lifetime::callback_scope scope{*lifetime_};
  const auto call = take(id, found->second.turn);
  if (const auto* pull = std::get_if<consumer_call::pull>(&call->what))
    give(pull->done, result<pulled_batch>{why});
  else if (const auto* ends = std::get_if<consumer_call::offsets>(&call->what))
    give(ends->done, result<queue_ends>{why});
  else
    give(std::get<consumer_call::queues>(call->what).done,
         result<std::vector<topic_queue>>{why});
}

std::optional<consumer_call> pull_consumer_actor::take(std::uint64_t id,
                                                       std::uint64_t turn) {
  const auto found = calls_.find(id);
  if (found == calls_.end() || found->second.turn != turn)
    return {};
  auto call = std::move(found->second.call);
  calls_.erase(found);
  return call;
}

pull_consumer_actor::broker_state&
pull_consumer_actor::broker_at(const std::string& address) {
  auto& broker = brokers_[address];
  if (!broker.link) {
    broker.why = {errc::unreachable, "not connected yet to " + address};
    links_.emplace(++last_link_, address);
    broker.link = spawn_scheduled<service_link>(
      self_->home_system(), caf::actor_cast<caf::actor>(self_), connector_,
      link_target{{address}, "broker", last_link_});
  }
  return broker;
}

void pull_consumer_actor::close_all() {
  inbox_->close();
  while (auto call = inbox_->take())
    calls_.emplace(++last_call_, open_call{std::move(*call), {}, 0, {}});
  while (!calls_.empty())
    fail(calls_.begin()->first, {errc::closed, "the consumer was stopped"});
}

void pull_consumer_actor::schedule_tick() {
  if (is_tick_scheduled_ || calls_.empty())
    return;
  is_tick_scheduled_ = true;
  remind(self_, consumer_tick, tick_atom::value);
}

} // namespace apogee::client
