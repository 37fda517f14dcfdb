#include "actors/client/ask.hpp"
#include "actors/client/consumer_session.hpp"
#include "actors/client/pull_reply_reading.hpp"
#include "actors/protocol.hpp"

#include <algorithm>
#include <utility>

/// How a session reads the queues that it holds: one pull of a queue at a time
/// is under way at the broker while what came before goes through the listener.
namespace apogee::client {

std::shared_ptr<queue_lease>
consumer_session::make_lease(const queue_key& key) {
  auto lease = std::make_shared<queue_lease>();
  lease->number = ++last_lease_;
  lease->broker = broker_;
  lease->queue = {broker_, key.first, key.second};
  lease->is_retry = key.first == shared_->retry_topic;
  lease->events = events_;
  leases_[lease->number] = key;
  return lease;
}

void consumer_session::hold(const queue_key& key, queue_offset start) {
  auto& queue = queues_[key];
  queue.lease = make_lease(key);
  for (const auto& old : releasing_)
    if (old.lease->queue == queue.lease->queue && !queue.has_earlier())
      queue.earlier = old.last_busy();
  queue.progress = core::consume_progress{start};
  queue.reported = start;
}

/// Goes on elsewhere in a queue that is held: as if it was let go and assigned
/// again. What listeners are working on does not count any more.
void consumer_session::restart_at(held_queue& queue, queue_offset offset) {
  const queue_key key = leases_.at(queue.lease->number);
  buffered_bytes_ -= queue.buffered_bytes;
  queue.lease->is_revoked = true;
  leases_.erase(queue.lease->number);
  held_queue next;
  next.earlier = queue.last_busy();
  next.damaged = queue.damaged;
  next.count_max = queue.count_max;
  queue = std::move(next);
  hold(key, offset);
}

consumer_session::held_queue* consumer_session::find(std::uint64_t lease) {
  const auto key = leases_.find(lease);
  if (key == leases_.end())
    return nullptr;
  if (const auto found = queues_.find(key->second);
      found != queues_.end() && found->second.lease->number == lease)
    return &found->second;
  const auto is_it = [lease](const auto& queue) {
    return queue.lease->number == lease;
  };
  const auto found = std::find_if(releasing_.begin(), releasing_.end(), is_it);
  return found != releasing_.end() ? &*found : nullptr;
}

void consumer_session::publish_queues() {
  std::vector<topic_queue> held;
  for (const auto& [key, queue] : queues_)
    if (!queue.lease->is_retry)
      held.push_back(queue.lease->queue);
  shared_->status->set_queues(broker_, std::move(held));
}

// -- pulling ----------------------------------------------------------------

void consumer_session::pump() {
  for (auto& [key, queue] : queues_)
    pump(key, queue);
}

void consumer_session::pump(const queue_key& key, held_queue& queue) {
  if (is_stopping_)
    return;
  if (broker_service_ && is_assigned_ && queue.pull == 0 && may_pull(queue))
    pull(key, queue);
  // Either nothing else wakes the session, or the next delivery waits for the
  // one before it to finish.
  if (queue.is_busy() && (queue.pull == 0 || !queue.waiting.empty()))
    await_event();
}

bool consumer_session::may_pull(const held_queue& queue) const {
  const auto& settings = shared_->settings;
  const auto deliveries =
    queue.lease->open_deliveries.load() + queue.waiting.size();
  return deliveries < std::max<std::size_t>(deliveries_per_queue_max,
                                            2 * settings.listener_threads)
         && queue.buffered_bytes < 2 * std::size_t{settings.pull_bytes_max}
         && buffered_bytes_ < settings.buffered_bytes_max
         && queue.progress.span() < settings.unfinished_messages_max
         && !(settings.ordered && queue.has_earlier())
         && (queue.pull_after == steady_time{}
             || self_->clock().now() >= queue.pull_after);
}

void consumer_session::pull(const queue_key& key, held_queue& queue) {
  const auto& settings = shared_->settings;
  queue.pulled_max = pass_damaged(queue);
  auto request = envelope<schema::PullRequest>::build(
    [&](auto out) {
      out.setTopic(key.first);
      out.setQueue(key.second);
      out.setGroup(settings.group);
      out.setOffset(queue.progress.next().value);
      out.setCountMax(static_cast<std::uint32_t>(queue.pulled_max));
      out.setBytesMax(settings.pull_bytes_max);
      out.setWaitMs(static_cast<std::uint32_t>(settings.pull_wait.count()));
      for (const auto& wanted : settings.topics)
        if (wanted.topic == key.first)
          set_filter(out, wanted.filter);
    },
    32);
  queue.pull = ++last_pull_;
  queue.pull_deadline = self_->clock().now() + settings.pull_wait + pull_grace;
  ask(
    self_, broker_service_, std::move(request),
    [this, lease = queue.lease->number, id = queue.pull](
      const envelope<schema::PullReply>& reply) { pulled(lease, id, reply); },
    [this, lease = queue.lease->number, id = queue.pull](
      const caf::error& why) { pull_failed(lease, id, to_failure(why)); });
}

void consumer_session::pulled(std::uint64_t lease, std::uint64_t id,
                              const envelope<schema::PullReply>& reply) {
  auto* queue = find(lease);
  if (queue == nullptr || queue->pull != id || queue->lease->is_revoked)
    return;
  const auto records = read_pull_reply(reply);
  if (!records)
    return pull_failed(lease, id, records.error());
  queue->pull = 0;
  if (std::exchange(queue->pull_after, {}) != steady_time{})
    problem("broker", {});
  queue->pull_pause = pull_pause_first;
  if (queue->count_max < shared_->settings.pull_messages_max)
    queue->count_max *= 2;
  const auto begin = queue->progress.next();
  const auto end = std::max(begin, records->next_offset);
  queue->progress.hand_out_until(end);
  if (records->records.empty())
    queue->progress.finish(begin, end); // nothing is there any more
  else
    deliver(*queue, {queue->lease, reply, records->records, begin, end,
                     records->count});
  take_events();
  // The listener may have been called: the queue may be gone.
  if (auto* still = find(lease); still != nullptr && !is_stopping_)
    pump(leases_.at(lease), *still);
}

void consumer_session::pull_failed(std::uint64_t lease, std::uint64_t id,
                                   const failure& why) {
  auto* queue = find(lease);
  if (queue == nullptr || queue->pull != id || queue->lease->is_revoked)
    return;
  queue->pull = 0;
  if (why.code == errc::offset_out_of_range)
    return correct_offset(lease);
  if (why.code == errc::corrupt && queue->pulled_max > 1) {
    // One of many is damaged: the broker does not send the others with it.
    queue->count_max = 1;
    return pump(leases_.at(lease), *queue);
  }
  if (why.code == errc::corrupt)
    return note_damage(*queue, queue->progress.next(), why);
  problem("broker", why);
  pause_pulls(*queue);
}

void consumer_session::pause_pulls(held_queue& queue) {
  queue.pull_after = self_->clock().now() + queue.pull_pause;
  schedule_tick(queue.pull_pause);
  queue.pull_pause = std::min(queue.pull_pause * 2, pull_pause_max);
}

/// Messages were deleted before they were read, or a broker lost some that it
/// had not flushed: asks where the queue begins and ends now.
void consumer_session::correct_offset(std::uint64_t lease) {
  const auto& key = leases_.at(lease);
  auto query = envelope<schema::OffsetQuery>::build([&](auto out) {
    out.setTopic(key.first);
    out.setQueue(key.second);
  });
  auto* queue = find(lease);
  queue->pull = ++last_pull_;
  queue->pull_deadline = self_->clock().now() + pull_grace;
  ask(
    self_, broker_service_, std::move(query),
    [this, lease,
     id = queue->pull](const envelope<schema::OffsetAnswer>& answer) {
      const auto ends = answer.read([](schema::OffsetAnswer::Reader in) {
        return std::pair{
          queue_offset{in.getMinOffset()},
          queue_offset{std::max(in.getMinOffset(), in.getMaxOffset())}};
      });
      if (ends)
        correct_offset(lease, id, ends->first, ends->second);
      else
        pull_failed(lease, id, ends.error());
    },
    [this, lease, id = queue->pull](const caf::error& why) {
      pull_failed(lease, id, to_failure(why));
    });
}

/// Goes on with the first unfinished message that is still there: those between
/// it and the end of the queue may have failed, and come again.
void consumer_session::correct_offset(std::uint64_t lease, std::uint64_t id,
                                      queue_offset min, queue_offset max) {
  auto* queue = find(lease);
  if (queue == nullptr || queue->pull != id || queue->lease->is_revoked)
    return;
  queue->pull = 0;
  const auto wanted = queue->progress.next();
  if (wanted >= min && wanted <= max)
    return pause_pulls(*queue); // it is not out of range any more
  shared_->status->corrected_offsets.fetch_add(1);
  restart_at(*queue, std::clamp(queue->progress.committable(), min, max));
  queue->reported = {};
  pump();
}

void consumer_session::forget_lost_pulls(held_queue& queue, steady_time now) {
  if (queue.pull != 0 && now >= queue.pull_deadline)
    queue.pull = 0;
}

// -- delivering -------------------------------------------------------------

void consumer_session::deliver(held_queue& queue, delivery&& work) {
  queue.buffered_bytes += work.records.size();
  buffered_bytes_ += work.records.size();
  const bool must_wait =
    shared_->settings.ordered
    && (queue.lease->open_deliveries.load() > 0 || !queue.waiting.empty()
        || !queue.paused.empty());
  if (must_wait)
    queue.waiting.push_back(std::move(work));
  else
    submit(std::move(work));
}

void consumer_session::submit(delivery&& work) {
  if (shared_->settings.listener_threads > 0)
    return shared_->pool->submit(std::move(work));
  const actor_lifetime::callback_scope scope{*shared_->lifetime};
  shared_->pool->submit(std::move(work));
}

/// Has the session look again when a listener has finished something.
void consumer_session::await_event() {
  if (events_->await() || std::exchange(is_look_due_, true))
    return;
  // That was in between. A turn of its own keeps the stack flat.
  const auto self = caf::actor_cast<caf::actor>(self_);
  tell(self_, self, session_events_atom::value);
}

void consumer_session::take_events() {
  for (auto events = events_->take(); !events.empty(); events = events_->take())
    for (auto& event : events)
      take_event(event);
  if (!releasing_.empty())
    finish_release();
}

void consumer_session::take_event(delivery_event& event) {
  if (event.is_last)
    event.lease->open_deliveries.fetch_sub(1);
  auto* queue = find(event.lease->number);
  if (queue == nullptr)
    return;
  const auto bytes = std::min(event.bytes, queue->buffered_bytes);
  queue->buffered_bytes -= bytes;
  buffered_bytes_ -= bytes;
  switch (event.what) {
  case delivery_event::kind::finished:
    queue->progress.finish(event.begin, event.end);
    break;
  case delivery_event::kind::failed:
    if (!event.lease->is_revoked)
      failed(*queue, event);
    break;
  case delivery_event::kind::postponed:
    if (!event.lease->is_revoked)
      pause(*queue, std::move(event.rest));
    break;
  case delivery_event::kind::damaged:
    if (!event.lease->is_revoked)
      note_damage(*queue, event.begin, event.why);
    break;
  }
  queue = find(event.lease->number); // note_damage() begins a new lease
  if (queue != nullptr && event.is_last)
    go_on(*queue);
}

/// With the next delivery that waited for its turn.
void consumer_session::go_on(held_queue& queue) {
  if (queue.lease->open_deliveries.load() > 0 || !queue.paused.empty()
      || queue.waiting.empty() || queue.lease->is_revoked)
    return;
  auto next = std::move(queue.waiting.front());
  queue.waiting.pop_front();
  submit(std::move(next));
}

/// What does not decode is pulled again, in case it was damaged on the way, and
/// then skipped. Everything from the first unfinished message on comes again,
/// since what followed the damage in its reply is lost.
void consumer_session::note_damage(held_queue& queue, queue_offset at,
                                   const failure& why) {
  problem("broker", why);
  const auto pulls = queue.damaged.offset == at ? queue.damaged.pulls + 1 : 1;
  if (pulls == damaged_pulls_max)
    shared_->status->skipped_messages.fetch_add(1);
  queue.damaged = {at, pulls};
  const auto reported = queue.reported;
  restart_at(queue, queue.progress.committable());
  queue.reported = reported;
  pause_pulls(queue);
}

/// Steps over the damaged record when it is next; returns how many messages may
/// be pulled: none behind that record together with one before it.
std::uint64_t consumer_session::pass_damaged(held_queue& queue) {
  const auto count = std::min<std::uint64_t>(
    shared_->settings.pull_messages_max, queue.count_max);
  if (!queue.damaged.is_skipped())
    return count;
  const auto at = queue.damaged.offset;
  if (queue.progress.next() == at) {
    queue.progress.hand_out_until({at.value + 1});
    queue.progress.finish(at, {at.value + 1});
  }
  const auto next = queue.progress.next();
  return next < at ? std::min(count, at.value - next.value) : count;
}

} // namespace apogee::client
