#include "actors/client/producer_actor.hpp"

#include "actors/client/ask.hpp"
#include "actors/client/environment.hpp"
#include "actors/protocol.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace apogee::client {

producer_actor::producer_actor(caf::scheduled_actor* self,
                               producer_settings settings, caf::actor connector,
                               std::shared_ptr<send_buffer> buffer)
  : self_(self), settings_(std::move(settings)),
    connector_(std::move(connector)), buffer_(std::move(buffer)) {
  retry_.attempts_max = settings_.attempts_max;
}

producer_actor::~producer_actor() {
  close_all();
  if (watcher_)
    caf::anon_send_exit(watcher_, caf::exit_reason::user_shutdown);
  for (auto& [address, broker] : brokers_)
    caf::anon_send_exit(broker.link, caf::exit_reason::user_shutdown);
  buffer_->terminate();
}

caf::behavior producer_actor::make_behavior() {
  watcher_ = spawn_scheduled<route_watcher>(
    self_->home_system(), caf::actor_cast<caf::actor>(self_), connector_,
    settings_.nameservers, producer_route_refresh);
  buffer_->lifetime.close_within_callback = [this] {
    close_all();
    self_->quit();
  };
  return {
    [this](take_pending_atom) { pump(); },
    [this](send_tick_atom) {
      is_tick_scheduled_ = false;
      tick();
    },
    [this](send_retry_atom) { tick(); },
    [this](link_update& update) { linked(update); },
    [this](route_update& update) { routed(update); },
    [this](stop_producer_atom) {
      close_all();
      self_->quit();
    },
  };
}

// -- events -----------------------------------------------------------------

void producer_actor::appended(std::uint64_t id,
                              const envelope<schema::AppendReply>& reply) {
  const auto found = requests_.find(id);
  if (found == requests_.end())
    return; // it was given up before
  const auto read = reply.read([&](schema::AppendReply::Reader in) {
    receipt out;
    out.offset = {in.getFirstOffset()};
    out.position = {in.getFirstPosition()};
    out.store_time_ms = in.getStoreTime();
    return out;
  });
  if (!read)
    return failed(id, {errc::crashed, "the broker's answer does not decode: "
                                        + read.error().text});
  auto sent = std::move(found->second);
  requests_.erase(found);
  auto& broker = brokers_.at(sent.address);
  --broker.in_flight;
  if (sent.batch->is_sharded)
    broker.lanes[{sent.batch->topic.value, sent.queue}].is_busy = false;
  auto first = *read;
  first.broker = broker.name;
  first.topic = topic_of(*sent.batch).name;
  first.queue = sent.queue;
  first.attempts = sent.batch->attempts;
  const auto offset = first.offset;
  const auto position = first.position;
  answer(std::move(sent.batch), std::move(first), offset, position);
  if (!is_closed_)
    pump();
}

void producer_actor::failed(std::uint64_t id, const failure& why) {
  const auto found = requests_.find(id);
  if (found == requests_.end())
    return;
  auto sent = std::move(found->second);
  requests_.erase(found);
  --brokers_.at(sent.address).in_flight;
  resend(std::move(sent), why);
  run_expired();
  if (!is_closed_)
    pump();
}

void producer_actor::tick() {
  expire_all();
  if (is_closed_)
    return;
  resume_paused();
  ask_for_stranded();
  pump();
}

// -- sending ----------------------------------------------------------------

void producer_actor::pump() {
  for (auto& [address, broker] : brokers_)
    pump_lanes(broker);
  pump_backlog();
  while (may_take()) {
    auto batches = buffer_->take();
    if (batches.empty())
      break;
    for (auto& batch : batches)
      dispatch(std::move(batch));
    for (auto& [address, broker] : brokers_)
      pump_lanes(broker);
  }
  schedule_tick();
}

/// Brokers serve the backlog in its order, each for itself: one that hangs does
/// not keep what is meant for others.
void producer_actor::pump_backlog() {
  for (auto& [address, broker] : brokers_)
    broker.is_awaited = false;
  const auto is_free = [](const auto& entry) {
    return entry.second.service && !entry.second.is_awaited;
  };
  std::size_t left = 0;
  while (left < std::min(backlog_.size(), backlog_tries_max)) {
    if (place(backlog_[left])) {
      backlog_.erase(backlog_.begin() + static_cast<std::ptrdiff_t>(left));
      continue;
    }
    await_brokers(*backlog_[left++]);
    if (std::none_of(brokers_.begin(), brokers_.end(), is_free))
      return;
  }
}

void producer_actor::await_brokers(const outgoing_batch& batch) {
  for (const auto& route : topic_of(batch).route.routes())
    if (const auto found = brokers_.find(route.address);
        found != brokers_.end())
      found->second.is_awaited = true;
}

/// What is left in the buffer travels together later, so nothing is taken while
/// it could only wait here. Without any connection it is taken: its topics have
/// to be known to find one.
bool producer_actor::may_take() const {
  const auto bytes = buffer_->pending_bytes();
  bool is_connected = false;
  for (const auto& [address, broker] : brokers_) {
    if (!broker.service)
      continue;
    is_connected = true;
    if (!broker.is_awaited && has_room(broker, bytes))
      return true;
  }
  return !is_connected;
}

bool producer_actor::has_room(const broker_state& broker,
                              std::size_t bytes) const {
  return broker.in_flight < small_requests_in_flight_max
         || (broker.in_flight < requests_in_flight_max
             && bytes >= buffer_->full_bytes());
}

void producer_actor::dispatch(batch_ptr batch) {
  auto& topic = topic_of(*batch);
  if (topic.route.is_empty()) {
    topic.waiting.push_back(std::move(batch));
    return ask_route(topic);
  }
  if (batch->is_sharded)
    return split_by_queue(topic, std::move(batch));
  if (place(batch))
    return;
  await_brokers(*batch);
  if (backlog_.empty()
      || !try_merge(*backlog_.back(), *batch, settings_.batch_bytes_max))
    backlog_.push_back(std::move(batch));
}

/// Sends `batch` if a broker of its topic has room for it, or lets it wait
/// until one is connected; otherwise leaves it alone.
bool producer_actor::place(batch_ptr& batch) {
  auto& topic = topic_of(*batch);
  bool is_connected = false;
  const auto can_take = [&](const std::string& address) {
    const auto found = brokers_.find(address);
    if (found == brokers_.end() || !found->second.service)
      return false;
    is_connected = true;
    return !found->second.is_awaited
           && has_room(found->second, batch->size_bytes());
  };
  auto choice = topic.route.next([&](const std::string& address) {
    return address != batch->avoided && can_take(address);
  });
  if (!choice)
    choice = topic.route.next(can_take);
  if (choice) {
    send(brokers_.at(choice->address), choice->queue, std::move(batch));
    return true;
  }
  if (is_connected)
    return false;
  if (topic.waiting.empty()
      || !try_merge(*topic.waiting.back(), *batch, settings_.batch_bytes_max))
    topic.waiting.push_back(std::move(batch));
  ask_route(topic);
  return true;
}

void producer_actor::split_by_queue(topic_state& topic, batch_ptr batch) {
  auto parts = split_batch(*batch, [&](const outgoing_message& message) {
    return topic.route.slot_of(message.shard);
  });
  for (auto& [slot, part] : parts) {
    const auto choice = topic.route.of_slot(slot);
    auto& lane =
      brokers_.at(choice.address).lanes[{part->topic.value, choice.queue}];
    if (lane.waiting.empty()
        || !try_merge(*lane.waiting.back(), *part, settings_.batch_bytes_max))
      lane.waiting.push_back(std::move(part));
  }
  buffer_->recycle(std::move(batch));
}

void producer_actor::pump_lanes(broker_state& broker) {
  if (!broker.service)
    return;
  for (auto at = broker.lanes.begin(); at != broker.lanes.end();) {
    auto& [key, lane] = *at;
    if (!lane.is_busy && lane.waiting.empty()) {
      at = broker.lanes.erase(at);
      continue;
    }
    if (!lane.is_busy && broker.in_flight < requests_in_flight_max) {
      auto batch = std::move(lane.waiting.front());
      lane.waiting.pop_front();
      lane.is_busy = true;
      send(broker, key.queue, std::move(batch));
    }
    ++at;
  }
}

void producer_actor::send(broker_state& broker, std::uint32_t queue,
                          batch_ptr batch) {
  ++batch->attempts;
  if (std::any_of(batch->messages.begin(), batch->messages.end(),
                  [](const auto& message) { return message.is_answered; })) {
    // The time of some was up while they waited.
    const bool is_sharded = batch->is_sharded;
    const queue_key key{batch->topic.value, queue};
    auto parts = split_batch(*batch, [](const auto&) { return 0u; });
    if (parts.empty()) {
      if (is_sharded)
        broker.lanes[key].is_busy = false;
      return;
    }
    batch = std::move(parts.begin()->second);
  }
  const auto id = ++last_request_;
  auto message =
    make_append_request(*batch, topic_of(*batch).name, queue, settings_.ack);
  requests_.emplace(id, request{std::move(batch), broker.address, queue});
  ++broker.in_flight;
  ask(
    self_, broker.service, std::move(message),
    [this, id](const envelope<schema::AppendReply>& reply) {
      appended(id, reply);
    },
    [this, id](const caf::error& why) { failed(id, to_failure(why)); });
}

/// Decides what becomes of a batch whose request failed.
void producer_actor::resend(request lost, const failure& why) {
  auto batch = std::move(lost.batch);
  const auto now = self_->clock().now();
  auto verdict = core::send_verdict::fail;
  if (!expire(*batch, now, why))
    verdict = retry_.decide(why.code, batch->attempts, batch->messages.size(),
                            has_other_broker(*batch, lost.address));
  if (verdict == core::send_verdict::fail) {
    if (batch->is_sharded)
      brokers_.at(lost.address)
        .lanes[{batch->topic.value, lost.queue}]
        .is_busy = false;
    return answer(std::move(batch), why);
  }
  if (verdict == core::send_verdict::ask_route)
    ask_route(topic_of(*batch));
  auto due = now + retry_.pause_after(batch->attempts);
  if (verdict == core::send_verdict::split)
    due = now;
  else
    batch->avoided = lost.address;
  paused item{due, {}, {}, lost.queue, why};
  if (batch->is_sharded)
    item.address = lost.address;
  if (verdict == core::send_verdict::split) {
    std::size_t index = 0;
    const auto half = batch->messages.size() / 2;
    auto parts = split_batch(
      *batch, [&](const auto&) { return index++ < half ? 0u : 1u; });
    for (auto& [number, part] : parts)
      item.parts.push_back(std::move(part));
    for (auto& part : item.parts)
      part->is_alone = true;
  } else {
    item.parts.push_back(std::move(batch));
  }
  paused_.push_back(std::move(item));
  remind(self_, due - now, send_retry_atom::value);
}

void producer_actor::resume_paused() {
  const auto now = self_->clock().now();
  std::vector<paused> due;
  for (auto at = paused_.begin(); at != paused_.end();) {
    if (at->due > now) {
      ++at;
      continue;
    }
    due.push_back(std::move(*at));
    at = paused_.erase(at);
  }
  for (auto& item : due)
    put_back(item);
}

void producer_actor::put_back(paused& item) {
  const auto broker = brokers_.find(item.address);
  if (broker == brokers_.end()) {
    for (auto& part : item.parts)
      dispatch(std::move(part));
    return;
  }
  auto& lane =
    broker->second.lanes[{item.parts.front()->topic.value, item.queue}];
  lane.is_busy = false;
  lane.waiting.insert(lane.waiting.begin(),
                      std::make_move_iterator(item.parts.begin()),
                      std::make_move_iterator(item.parts.end()));
}

producer_actor::topic_state&
producer_actor::topic_of(const outgoing_batch& batch) {
  auto& topic = topics_[batch.topic.value];
  if (topic.name.empty()) {
    topic.name = buffer_->topic_name(batch.topic);
    topic_indices_.emplace(topic.name, batch.topic.value);
  }
  return topic;
}

} // namespace apogee::client
