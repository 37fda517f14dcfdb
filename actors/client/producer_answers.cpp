#include "actors/client/ask.hpp"
#include "actors/client/producer_actor.hpp"
#include "messages/record.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

/// How a producer answers its senders: each message once, one batch at a time.
///
/// A callback may stop the producer or drop its last handle. No callback may
/// run after that returned, so stopping inside a callback answers everything
/// there and then, beginning with the rest of the batch being answered; the
/// interrupted loop finds nothing left.
namespace apogee::client {

namespace {

void give(const send_callback& done, const result<receipt>& outcome) {
  try {
    if (done)
      done(outcome);
  } catch (...) { // NOLINT: callbacks must not throw; others still get answers
  }
}

} // namespace

void producer_actor::answer(batch_ptr batch, const failure& why) {
  answer(std::move(batch), why, {}, {});
}

void producer_actor::answer(batch_ptr batch, result<receipt> outcome,
                            queue_offset first, log_position position) {
  answering_ =
    answering{std::move(batch), 0, std::move(outcome), first, position};
  run_answers();
}

void producer_actor::run_answers() {
  const actor_lifetime::callback_scope scope{buffer_->lifetime};
  if (!answering_)
    return;
  auto outcome = answering_->outcome; // outlives a stop inside a callback
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (answering_ && answering_->next < answering_->batch->messages.size()) {
    auto& message = answering_->batch->messages[answering_->next++];
    if (outcome) {
      outcome->offset = answering_->offset;
      outcome->position = answering_->position;
      ++answering_->offset.value;
      answering_->position.value +=
        record_size(message.words * sizeof(std::uint64_t));
    }
    if (message.is_answered)
      continue; // timed out while the request was under way
    message.is_answered = true;
    bytes += send_buffer::charge(message.words);
    ++count;
    const auto done = std::move(message.done);
    give(done, outcome);
  }
  buffer_->release(bytes, count);
  if (answering_) {
    auto batch = std::move(answering_->batch);
    answering_.reset();
    buffer_->recycle(std::move(batch));
  }
}

/// Has those of `batch` answered whose time is up, by run_expired(); true when
/// nobody is left. (Not at once: a callback that stops the producer would take
/// the batch away from whoever is looking at it.)
bool producer_actor::expire(outgoing_batch& batch, steady_time now,
                            const failure& why) {
  bool is_done = true;
  for (auto& message : batch.messages) {
    if (message.is_answered)
      continue;
    if (message.deadline > now) {
      is_done = false;
      continue;
    }
    message.is_answered = true;
    expired_.push_back({std::move(message.done), timeout_failure(why),
                        send_buffer::charge(message.words)});
  }
  return is_done;
}

void producer_actor::run_expired() {
  const actor_lifetime::callback_scope scope{buffer_->lifetime};
  while (!expired_.empty()) {
    const auto expired = std::move(expired_.front());
    expired_.pop_front();
    give(expired.done, expired.why);
    buffer_->release(expired.bytes, 1);
  }
}

template <class Batches>
void producer_actor::expire_waiting(Batches& batches, steady_time now,
                                    const failure& why) {
  std::erase_if(batches,
                [&](batch_ptr& batch) { return expire(*batch, now, why); });
}

void producer_actor::expire_all() {
  const auto now = self_->clock().now();
  for (auto at = requests_.begin(); at != requests_.end();) {
    auto& [id, sent] = *at;
    auto& broker = brokers_.at(sent.address);
    if (!expire(*sent.batch, now,
                {errc::timeout, "broker '" + broker.name + "' at "
                                  + broker.address + " does not answer"})) {
      ++at;
      continue;
    }
    // Its answer will find nothing; the place under way is free again.
    --broker.in_flight;
    if (sent.batch->is_sharded)
      broker.lanes[{sent.batch->topic.value, sent.queue}].is_busy = false;
    at = requests_.erase(at);
  }
  for (auto& item : paused_)
    for (auto& part : item.parts)
      expire(*part, now, item.why);
  for (auto& [index, topic] : topics_)
    expire_waiting(topic.waiting, now, topic.why);
  for (auto& [address, broker] : brokers_)
    for (auto& [key, lane] : broker.lanes)
      expire_waiting(lane.waiting, now, broker.why);
  expire_waiting(backlog_, now, {errc::busy, "all brokers are busy"});
  run_expired();
}

failure producer_actor::timeout_failure(const failure& why) const {
  return {errc::timeout, "not stored for certain within "
                           + std::to_string(settings_.send_timeout.count())
                           + " ms: " + to_string(why)};
}

void producer_actor::close_all() {
  if (!is_closed_) {
    is_closed_ = true;
    buffer_->close();
    closing_ = take_everything();
  }
  run_answers();
  run_expired();
  while (!closing_.empty()) {
    auto batch = std::move(closing_.front());
    closing_.pop_front();
    answer(std::move(batch), {errc::closed, "the producer was stopped"});
  }
}

std::deque<batch_ptr> producer_actor::take_everything() {
  std::deque<batch_ptr> all;
  const auto add = [&all](auto& batches) {
    std::move(batches.begin(), batches.end(), std::back_inserter(all));
    batches.clear();
  };
  for (auto& [id, sent] : requests_)
    all.push_back(std::move(sent.batch));
  requests_.clear();
  for (auto& item : paused_)
    add(item.parts);
  paused_.clear();
  for (auto& [address, broker] : brokers_) {
    for (auto& [key, lane] : broker.lanes)
      add(lane.waiting);
    broker.lanes.clear();
  }
  add(backlog_);
  for (auto& [index, topic] : topics_)
    add(topic.waiting);
  auto pending = buffer_->take();
  add(pending);
  return all;
}

void producer_actor::schedule_tick() {
  if (is_tick_scheduled_ || is_closed_)
    return;
  const auto is_waiting = [](const auto& entry) {
    return !entry.second.waiting.empty();
  };
  bool is_needed = !requests_.empty() || !backlog_.empty() || !paused_.empty()
                   || std::any_of(topics_.begin(), topics_.end(), is_waiting);
  for (const auto& [address, broker] : brokers_)
    is_needed = is_needed || !broker.lanes.empty();
  if (!is_needed)
    return;
  is_tick_scheduled_ = true;
  remind(self_, send_tick, send_tick_atom::value);
}

} // namespace apogee::client
