#include "actors/broker/queue_writer.hpp"

#include "actors/broker/pull_reply.hpp"
#include "actors/broker/tell.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <utility>

namespace apogee::broker {

namespace {

using idle_atom = caf::atom_constant<caf::atom("idle")>;

/// Pulls that wait at one queue, and those of one asker among them; one more is
/// told to come back. A process has a pull of each of its groups here.
constexpr std::size_t waiting_pulls_max = 10'000;
constexpr std::size_t waiting_pulls_of_one_max = 128;

} // namespace

queue_writer::queue_writer(caf::scheduled_actor* self, context_ptr shared,
                           topic_info topic, std::uint32_t number,
                           queue_offset next, queue_writer_peers peers)
  : self_(self), shared_(std::move(shared)),
    topic_(std::move(topic)), queue_{topic_.id, number},
    peers_(std::move(peers)),
    sent_(shared_->statistics->topic_put(topic_.name)), tail_(next),
    places_(waiting_pulls_max, waiting_pulls_of_one_max) {
  ++shared_->counts->queues_active;
}

queue_writer::~queue_writer() {
  --shared_->counts->queues_active;
}

caf::behavior queue_writer::make_behavior() {
  self_->monitor(peers_.flush_service);
  self_->monitor(peers_.log_syncer);
  self_->set_down_handler([this](const caf::down_msg&) {
    is_log_served_ = false;
    quit_when_drained();
  });
  self_->set_exit_handler([this](const caf::exit_msg& exit) {
    if (exit.reason == caf::exit_reason::user_shutdown)
      drain();
    else
      self_->quit(exit.reason);
  });
  caf::delayed_anon_send(handle_of(self_),
                         shared_->settings.broker.queue_idle_after,
                         idle_atom::value);
  return {
    [this](append_order& order) {
      ++handled_;
      append(order);
    },
    [this](const pull_order& order) {
      ++handled_;
      pull(order);
    },
    [this](const envelope<schema::OffsetQuery>& request) {
      ++handled_;
      query(request);
    },
    [this](batches_written& done) { written(done); },
    [this](const log_flushed& done) {
      flushed(done.flushed);
      quit_when_drained();
    },
    [this](const refused_batch& refusal) { refused(refusal); },
    [this](wake_atom) {
      is_wake_due_ = false;
      serve_ready();
    },
    [this](expire_atom) {
      alarms_.pop_back();
      wake_at(std::min(expire_pulls(), answer_late_flushes()));
    },
    [this](idle_atom) { look_whether_idle(); },
    [this](const retire_granted&) { self_->quit(); },
  };
}

// -- appending --------------------------------------------------------------

void queue_writer::append(append_order& order) {
  pending_append append;
  append.reply = answer{self_->make_response_promise()};
  // Under load it would never be drained.
  if (is_draining_)
    return;
  append.lease = std::move(order.lease);
  auto& batch = order.batch;
  const auto count = static_cast<std::uint32_t>(batch.bodies.size());
  append.first = tail_.assign(count);
  append.term = term_;
  append.ack = batch.ack;
  if (batch.flush_timeout.count() > 0)
    append.flush_deadline = now() + batch.flush_timeout;
  append.entries.reserve(count);
  for (std::size_t i = 0; i < batch.bodies.size(); ++i)
    append.entries.push_back(
      {{},
       static_cast<std::uint32_t>(record_size(batch.bodies[i].size())),
       batch.tag_hashes[i],
       batch.ack});
  batch.queue = queue_;
  batch.first = append.first;
  batch.term = term_;
  staged_.push_back(std::move(append));
  tell(self_, peers_.flush_service, std::move(batch));
}

void queue_writer::written(batches_written& done) {
  for (const auto& batch : done.batches) {
    const auto found =
      std::find_if(staged_.begin(), staged_.end(), [&](const auto& append) {
        return append.first == batch.first;
      });
    APOGEE_CHECK(found != staged_.end());
    auto append = std::move(*found);
    staged_.erase(found);
    auto position = batch.position;
    for (auto& entry : append.entries) {
      entry.position = position;
      position.value += entry.size_bytes;
    }
    tail_.written(append.entries);
    sent_->add(append.entries.size(), position.value - batch.position.value);
    append.position = batch.position;
    append.store_time_ms = batch.store_time_ms;
    if (append.ack < ack_level::disk) {
      acknowledge(append);
    } else {
      wake_at(append.flush_deadline);
      awaiting_flush_.push_back(std::move(append));
    }
  }
  tail_.evict(shared_->views->applied());
  flushed(done.flushed);
  quit_when_drained();
}

void queue_writer::flushed(log_position position) {
  while (!awaiting_flush_.empty()) {
    auto& append = awaiting_flush_.front();
    const auto& last = append.entries.back();
    if (last.position.value + last.size_bytes > position.value)
      break;
    acknowledge(append);
    awaiting_flush_.pop_front();
  }
  if (tail_.advance(position))
    wake_pulls();
}

/// Tells those who would not wait longer that their messages are stored; when
/// the next one loses its patience.
queue_writer::clock::time_point queue_writer::answer_late_flushes() {
  auto next = clock::time_point::max();
  for (auto& append : awaiting_flush_) {
    if (!append.reply.is_pending())
      continue;
    if (append.flush_deadline <= now())
      acknowledge(append, true);
    else
      next = std::min(next, append.flush_deadline);
  }
  return next;
}

void queue_writer::acknowledge(pending_append& append, bool is_flush_late) {
  append.reply.give(envelope<schema::AppendReply>::build(
    [&](auto b) {
      b.setFirstOffset(append.first.value);
      b.setCount(static_cast<std::uint32_t>(append.entries.size()));
      b.setFirstPosition(append.position.value);
      b.setStoreTime(append.store_time_ms);
      b.setIsFlushLate(is_flush_late);
    },
    8));
}

void queue_writer::refused(const refused_batch& refusal) {
  if (refusal.sent_term == term_) {
    // Nothing from here on will be written: use the same offsets again.
    tail_.rewind(refusal.first);
    term_ = refusal.term;
  }
  const auto found =
    std::find_if(staged_.begin(), staged_.end(), [&](const auto& append) {
      return append.first == refusal.first && append.term == refusal.sent_term;
    });
  APOGEE_CHECK(found != staged_.end());
  if (refusal.why.code == errc::busy)
    ++shared_->counts->refused_busy;
  found->reply.refuse(refusal.why);
  staged_.erase(found);
  quit_when_drained();
}

// -- ending -----------------------------------------------------------------

void queue_writer::look_whether_idle() {
  tail_.evict(shared_->views->applied());
  const auto is_idle = handled_ == handled_at_last_look_ && waiting_.empty()
                       && ready_.empty() && staged_.empty()
                       && awaiting_flush_.empty() && tail_.is_empty();
  handled_at_last_look_ = handled_;
  if (is_idle)
    tell(self_, peers_.dispatcher, retire_offer{queue_, handled_});
  caf::delayed_anon_send(handle_of(self_),
                         shared_->settings.broker.queue_idle_after,
                         idle_atom::value);
}

void queue_writer::drain() {
  is_draining_ = true;
  waiting_.clear();
  ready_.clear();
  quit_when_drained();
}

void queue_writer::quit_when_drained() {
  const bool is_drained = staged_.empty() && awaiting_flush_.empty();
  if (is_draining_ && (is_drained || !is_log_served_))
    self_->quit(caf::exit_reason::user_shutdown);
}

queue_writer::clock::time_point queue_writer::now() const {
  return self_->home_system().clock().now();
}

} // namespace apogee::broker
