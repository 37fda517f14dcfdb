#include "actors/broker/queue_writer.hpp"

#include "actors/broker/append_check.hpp"
#include "actors/broker/pull_reply.hpp"
#include "actors/broker/tell.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <utility>

namespace apogee::broker {

namespace {

/// A pull's answer is not larger than this, whatever was asked for; one single
/// message may be.
constexpr std::uint32_t pull_bytes_max = 4u << 20;
constexpr std::uint32_t pull_count_max = 8192;

/// Pulls that wait at one queue; one more is told to come back.
constexpr std::size_t waiting_pulls_max = 10'000;

using expire_atom = caf::atom_constant<caf::atom("expire")>;
using idle_atom = caf::atom_constant<caf::atom("idle")>;

} // namespace

queue_writer::queue_writer(caf::scheduled_actor* self, context_ptr shared,
                           topic_info topic, std::uint32_t number,
                           queue_offset next, queue_writer_peers peers)
  : self_(self), shared_(std::move(shared)),
    topic_(std::move(topic)), queue_{topic_.id, number},
    peers_(std::move(peers)), tail_(next) {
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
    [this](const envelope<schema::PullRequest>& request) {
      ++handled_;
      pull(request);
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
    [this](expire_atom) {
      alarms_.pop_back();
      expire_pulls();
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
  auto batch =
    check_append(order.request, shared_->settings.broker.message_size_max);
  if (!batch) {
    if (batch.error().code == errc::malformed)
      ++shared_->counts->refused_malformed;
    append.reply.refuse(batch.error());
    return;
  }
  const auto count = static_cast<std::uint32_t>(batch->bodies.size());
  append.first = tail_.assign(count);
  append.term = term_;
  append.ack = batch->ack;
  append.entries.reserve(count);
  for (std::size_t i = 0; i < batch->bodies.size(); ++i)
    append.entries.push_back(
      {{},
       static_cast<std::uint32_t>(record_size(batch->bodies[i].size())),
       batch->tag_hashes[i],
       batch->ack});
  batch->queue = queue_;
  batch->first = append.first;
  batch->term = term_;
  staged_.push_back(std::move(append));
  tell(self_, peers_.flush_service, std::move(*batch));
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
    append.position = batch.position;
    append.store_time_ms = batch.store_time_ms;
    if (append.ack < ack_level::disk)
      acknowledge(append);
    else
      awaiting_flush_.push_back(std::move(append));
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

void queue_writer::acknowledge(pending_append& append) {
  append.reply.give(envelope<schema::AppendReply>::build(
    [&](auto b) {
      b.setFirstOffset(append.first.value);
      b.setCount(static_cast<std::uint32_t>(append.entries.size()));
      b.setFirstPosition(append.position.value);
      b.setStoreTime(append.store_time_ms);
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

// -- pulling ----------------------------------------------------------------

void queue_writer::pull(const envelope<schema::PullRequest>& request) {
  waiting_pull pull;
  pull.reply = answer{self_->make_response_promise()};
  std::uint32_t wait_ms = 0;
  const auto read = request.read([&](schema::PullRequest::Reader r) {
    pull.offset = {r.getOffset()};
    pull.count_max = std::clamp(r.getCountMax(), 1u, pull_count_max);
    pull.bytes_max = std::min(r.getBytesMax(), pull_bytes_max);
    wait_ms = r.getWaitMs();
  });
  if (!read) {
    ++shared_->counts->refused_malformed;
    pull.reply.refuse(read.error());
    return;
  }
  tail_.evict(shared_->views->applied());
  const auto oldest = min_offset();
  if (!oldest) {
    pull.reply.refuse(oldest.error());
    return;
  }
  if (pull.offset < *oldest || pull.offset > tail_.next()) {
    pull.reply.refuse(
      {errc::offset_out_of_range,
       "offset " + std::to_string(pull.offset.value) + " of topic '"
         + topic_.name + "' queue " + std::to_string(queue_.number)
         + " is outside of what is kept, " + std::to_string(oldest->value)
         + " to " + std::to_string(tail_.visible_end().value)});
    return;
  }
  if (pull.offset < tail_.visible_end()) {
    serve(pull);
    return;
  }
  if (wait_ms == 0) {
    pull.reply.give(
      make_empty_pull_reply(pull.offset, *oldest, tail_.visible_end()));
    return;
  }
  if (waiting_.size() >= waiting_pulls_max) {
    ++shared_->counts->refused_busy;
    pull.reply.refuse({errc::busy, "too many consumers wait at this queue"});
    return;
  }
  pull.deadline = now() + std::chrono::milliseconds{wait_ms};
  wake_at(pull.deadline);
  waiting_.push_back(std::move(pull));
}

void queue_writer::serve(waiting_pull& pull) {
  const auto oldest = min_offset();
  if (!oldest) {
    pull.reply.refuse(oldest.error());
    return;
  }
  auto records = tail_.find(pull.offset, pull.count_max, pull.bytes_max);
  if (records.empty()) {
    const auto entries =
      shared_->views->find(queue_, pull.offset, pull.count_max);
    if (!entries) {
      pull.reply.refuse(entries.error());
      return;
    }
    std::uint64_t bytes = 0;
    for (const auto& entry : *entries) {
      bytes += entry.size_bytes;
      if (bytes > pull.bytes_max && !records.empty())
        break;
      records.push_back({entry.offset, entry.position, entry.size_bytes});
    }
  }
  if (records.empty()) {
    pull.reply.refuse(
      {errc::corrupt, "the index of topic '" + topic_.name + "' queue "
                        + std::to_string(queue_.number) + " has no offset "
                        + std::to_string(pull.offset.value)
                        + ": stop the node and delete the folder 'views', it "
                          "is built again from the log"});
    return;
  }
  shared_->counts->messages_pulled += records.size();
  auto reply = make_pull_reply(*peers_.log, records, *oldest,
                               tail_.visible_end(), read_mode::recent_only);
  if (reply && *reply) {
    pull.reply.give(std::move(**reply));
    return;
  }
  // It would block, or it failed: a cold reader says which.
  pull.reply.delegate(next_cold_reader(), cold_read{std::move(records), *oldest,
                                                    tail_.visible_end()});
}

void queue_writer::wake_pulls() {
  auto ready =
    std::partition(waiting_.begin(), waiting_.end(), [&](const auto& pull) {
      return pull.offset >= tail_.visible_end();
    });
  std::vector<waiting_pull> served{std::make_move_iterator(ready),
                                   std::make_move_iterator(waiting_.end())};
  waiting_.erase(ready, waiting_.end());
  for (auto& pull : served)
    serve(pull);
}

void queue_writer::expire_pulls() {
  const auto time = now();
  auto next = clock::time_point::max();
  const auto oldest = min_offset();
  std::erase_if(waiting_, [&](auto& pull) {
    if (pull.deadline > time) {
      next = std::min(next, pull.deadline);
      return false;
    }
    if (oldest)
      pull.reply.give(
        make_empty_pull_reply(pull.offset, *oldest, tail_.visible_end()));
    else
      pull.reply.refuse(oldest.error());
    return true;
  });
  if (!waiting_.empty())
    wake_at(next);
}

void queue_writer::wake_at(clock::time_point when) {
  if (!alarms_.empty() && alarms_.back() <= when)
    return;
  alarms_.push_back(when);
  caf::delayed_anon_send(handle_of(self_), when - now(), expire_atom::value);
}

void queue_writer::query(const envelope<schema::OffsetQuery>& request) {
  answer reply{self_->make_response_promise()};
  const auto time_ms = request.read(
    [](schema::OffsetQuery::Reader r) { return r.getStoreTimeMs(); });
  if (!time_ms) {
    ++shared_->counts->refused_malformed;
    reply.refuse(time_ms.error());
    return;
  }
  const auto oldest = min_offset();
  if (!oldest) {
    reply.refuse(oldest.error());
    return;
  }
  if (*time_ms >= 0) {
    reply.delegate(next_cold_reader(),
                   time_search{queue_, *time_ms, *oldest, tail_.visible_end()});
    return;
  }
  reply.give(envelope<schema::OffsetAnswer>::build(
    [&](auto b) {
      b.setMinOffset(oldest->value);
      b.setMaxOffset(tail_.visible_end().value);
    },
    8));
}

const caf::actor& queue_writer::next_cold_reader() {
  return peers_.cold_readers[cold_reader_next_++ % peers_.cold_readers.size()];
}

result<queue_offset> queue_writer::min_offset() {
  const log_position start{shared_->counts->log_start.load()};
  if (!min_is_known_ || min_known_for_ != start) {
    const auto found = shared_->views->queue_begin(queue_, start);
    if (!found)
      return found;
    min_ = std::min(*found, tail_.first());
    min_known_for_ = start;
    min_is_known_ = tail_.first() > queue_offset{};
  }
  return min_;
}

// -- ending -----------------------------------------------------------------

void queue_writer::look_whether_idle() {
  tail_.evict(shared_->views->applied());
  const auto is_idle = handled_ == handled_at_last_look_ && waiting_.empty()
                       && staged_.empty() && awaiting_flush_.empty()
                       && tail_.is_empty();
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
