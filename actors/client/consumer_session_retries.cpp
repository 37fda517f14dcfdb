#include "actors/client/ask.hpp"
#include "actors/client/consumer_session.hpp"
#include "actors/protocol.hpp"
#include "messages/record.hpp"

#include <algorithm>
#include <utility>

/// What a session does with messages that its listener did not consume.
namespace apogee::client {

void consumer_session::failed(held_queue& queue, delivery_event& event) {
  const auto& settings = shared_->settings;
  auto& work = event.rest;
  // A queue that is read in order keeps its message until it is hopeless.
  const bool is_dead = settings.ordered
                       && settings.model == message_model::clustering
                       && settings.max_reconsume_times >= 0
                       && work.failures > settings.max_reconsume_times;
  if (!groups_service_ || (!is_dead && shared_->retry_topic.empty()))
    return pause(queue, std::move(work));
  ++giving_back_;
  work.lease->open_deliveries.fetch_add(1);
  give_back(std::move(work), event.failed_count);
}

/// The first `count` messages of `work`, one after the other.
void consumer_session::give_back(delivery&& work, std::uint32_t count) {
  const auto record = decode_record_header(work.records);
  APOGEE_CHECK(record.has_value()); // the listener had the message
  const auto& settings = shared_->settings;
  auto request = envelope<schema::SendBack>::build([&](auto out) {
    out.setGroup(settings.group);
    out.setPosition(record->position.value);
    // What is read in order comes again no more.
    out.setDelayLevel(settings.ordered ? -1 : settings.retry_delay_level);
    out.setMaxReconsumeTimes(settings.max_reconsume_times);
  });
  const auto kept = std::make_shared<delivery>(std::move(work));
  ask_within(
    self_, send_back_timeout, groups_service_,
    [this, kept, count,
     bytes = record->size_bytes](const envelope<schema::SendBackReply>&) {
      given_back(std::move(*kept), count, bytes);
    },
    [this, kept](const caf::error& why) {
      not_given_back(std::move(*kept), to_failure(why));
    },
    std::move(request));
}

/// The broker has the first message of `work`: here it is finished.
void consumer_session::given_back(delivery&& work, std::uint32_t count,
                                  std::size_t record_bytes) {
  problem("retries", {});
  const auto lease = work.lease;
  const auto begin = work.begin;
  work.records = work.records.subspan(record_bytes);
  const auto next = decode_record_header(work.records);
  work.begin = next ? next->fields.offset : work.end;
  work.failures = 0;
  --work.count;
  auto* queue = find(lease->number);
  if (queue != nullptr) {
    queue->progress.finish(begin, work.begin);
    queue->buffered_bytes -= record_bytes;
    buffered_bytes_ -= record_bytes;
  }
  const bool goes_on = queue != nullptr && !lease->is_revoked && !is_stop_due_
                       && !work.records.empty();
  if (goes_on && count > 1 && groups_service_)
    return give_back(std::move(work), count - 1);
  if (goes_on && count > 1)
    pause(*queue, std::move(work));
  else if (goes_on)
    submit(std::move(work)); // what is in order behind a dead letter
  give_back_ended(*lease);
}

/// The messages stay here and come again.
void consumer_session::not_given_back(delivery&& work, const failure& why) {
  problem("retries", why);
  const auto lease = work.lease;
  if (auto* queue = find(lease->number); queue != nullptr && !lease->is_revoked)
    pause(*queue, std::move(work));
  give_back_ended(*lease);
}

void consumer_session::give_back_ended(queue_lease& lease) {
  lease.open_deliveries.fetch_sub(1);
  --giving_back_;
  if (is_stop_due_ && giving_back_ == 0)
    return stop();
  if (auto* queue = find(lease.number))
    go_on(*queue);
  take_events();
  pump();
}

void consumer_session::pause(held_queue& queue, delivery&& work) {
  const auto pause = shared_->settings.retry_pause;
  queue.paused.push_back({self_->clock().now() + pause, std::move(work)});
  schedule_tick(pause);
}

void consumer_session::resume_paused(held_queue& queue, steady_time now) {
  for (std::size_t i = 0; i < queue.paused.size();) {
    if (queue.paused[i].due > now) {
      ++i;
      continue;
    }
    problem("retries", {});
    auto work = std::move(queue.paused[i].work);
    queue.paused.erase(queue.paused.begin() + static_cast<std::ptrdiff_t>(i));
    submit(std::move(work));
  }
}

} // namespace apogee::client
