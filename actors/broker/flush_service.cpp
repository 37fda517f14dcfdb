#include "actors/broker/flush_service.hpp"

#include "actors/broker/tell.hpp"
#include "actors/core/retention.hpp"
#include "messages/log.capnp.h"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <utility>

namespace apogee::broker {

namespace {

/// A turn's write goes out early when it has grown to this.
constexpr std::uint64_t write_bytes_max = 4u << 20;

/// With this much dirty, the disk starts without waiting for the interval, so
/// that a later disk ack finds little left to flush.
constexpr std::uint64_t eager_flush_bytes = 8u << 20;

/// Log that a restart would have to replay at the most: bounds its time also
/// when the views cannot keep up. Over it, senders wait.
constexpr std::uint64_t unapplied_bytes_max = 512u << 20;

/// How long a full disk is not asked again.
constexpr std::int64_t full_retry_ms = 1000;

using retention_atom = caf::atom_constant<caf::atom("retention")>;

} // namespace

flush_service::flush_service(caf::scheduled_actor* self, context_ptr shared,
                             std::shared_ptr<store::commit_log> log)
  : self_(self), shared_(std::move(shared)),
    log_(std::move(log)), epoch_{log_->recovery().last_epoch.value + 1},
    flushed_(log_->written()), applied_(shared_->views->applied()) {
  auto& counts = *shared_->counts;
  counts.epoch = epoch_.value;
  counts.log_start = log_->start().value;
  counts.flushed = flushed_.value;
}

caf::behavior flush_service::make_behavior() {
  self_->set_exit_handler([this](const caf::exit_msg& exit) {
    if (exit.reason == caf::exit_reason::user_shutdown)
      shut_down();
    else
      self_->quit(exit.reason);
  });
  const auto epoch_record = envelope<schema::EpochStart>::build([&](auto b) {
    b.setEpoch(epoch_.value);
    b.setBroker(shared_->settings.node.name);
    b.setStartMs(shared_->wall_clock_ms());
  });
  append_record first{record_type::epoch_start, ack_level::memory,
                      epoch_record.words()};
  stage_record(first, answer{});
  caf::delayed_anon_send(handle_of(self_),
                         shared_->settings.storage.retention_check_interval,
                         retention_atom::value);
  return {
    [this](staged_batch& batch) { accept(batch); },
    [this](append_record& record) {
      stage_record(record, answer{self_->make_response_promise()});
    },
    [this](barrier_atom) {
      add_barrier(answer{self_->make_response_promise()});
    },
    [this](write_atom) {
      write_scheduled_ = false;
      write();
    },
    [this](flush_done& done) { flushed(done); },
    [this](apply_done& done) { applied(done.applied); },
    [this](tick_atom) {
      tick_scheduled_ = false;
      if (log_->written() > flushed_)
        flush_wanted_ = true;
      flush_if_due();
    },
    [this](retention_atom) { check_retention(); },
    [this](const removal_done& done) {
      shared_->counts->log_start = done.start.value;
      if (applier_)
        tell(self_, applier_, apply_order{flushed_, done.start, false});
    },
    [this](syncer_ready& ready) {
      // A new one has not seen the order that an old one may have taken along.
      syncer_ = ready.syncer;
      flush_running_ = false;
      flush_wanted_ = flush_wanted_ || somebody_waits_for_disk();
      flush_if_due();
    },
    [this](applier_ready& ready) {
      applier_ = ready.applier;
      send_to_applier(!barriers_.empty());
    },
  };
}

// -- staging ----------------------------------------------------------------

void flush_service::accept(staged_batch& batch) {
  auto writer = sender_of(self_);
  if (is_throttled() || !backlog_.empty()) {
    backlog_.push_back({std::move(batch), std::move(writer), {}});
    flush_wanted_ = true;
    flush_if_due();
    return;
  }
  stage(batch, writer);
}

void flush_service::stage(staged_batch& batch, const caf::actor& writer) {
  if (batch.term != term_) {
    refuse(batch, writer,
           {errc::busy, "a message before this one could not be stored"});
    return;
  }
  std::uint64_t bytes = 0;
  for (const auto& body : batch.bodies)
    bytes += record_size(body.size());
  if (auto admitted = admit(bytes); !admitted) {
    ++term_;
    refuse(batch, writer, admitted.error());
    return;
  }
  record_fields fields;
  fields.ack = batch.ack;
  fields.store_time_ms = shared_->wall_clock_ms();
  fields.epoch = epoch_;
  fields.queue = batch.queue;
  fields.offset = batch.first;
  const auto position = log_->end();
  for (std::size_t i = 0; i < batch.bodies.size(); ++i) {
    fields.tag_hash = batch.tag_hashes[i];
    log_->stage(fields, batch.bodies[i]);
    ++fields.offset.value;
  }
  turn_[writer].push_back({batch.first, position, fields.store_time_ms});
  if (batch.ack >= ack_level::disk) {
    flush_wanted_ = true;
    if (writers_waiting_.empty() || writers_waiting_.back().second != writer)
      writers_waiting_.emplace_back(log_->end(), writer);
    else
      writers_waiting_.back().first = log_->end();
  }
  shared_->counts->messages_appended += batch.bodies.size();
  if (log_->staged_bytes() >= write_bytes_max)
    write();
  else
    schedule_write();
}

void flush_service::refuse(const staged_batch& batch, const caf::actor& writer,
                           const failure& why) {
  tell(self_, writer, refused_batch{batch.first, batch.term, term_, why});
}

void flush_service::stage_record(append_record& record, answer reply) {
  // The first word is the framing of an envelope; the log keeps the segment.
  APOGEE_CHECK(record.body.count > 0);
  const std::span<const std::uint64_t> words{record.body.data.get() + 1,
                                             record.body.count - 1};
  const auto body = std::as_bytes(words);
  if (auto reserved = log_->reserve(record_size(body.size())); !reserved) {
    reply.refuse(reserved.error());
    return;
  }
  record_fields fields;
  fields.type = record.type;
  fields.ack = record.ack;
  fields.store_time_ms = shared_->wall_clock_ms();
  fields.epoch = epoch_;
  log_->stage(fields, body);
  turn_records_.push_back({log_->end(), record.ack, std::move(reply)});
  flush_wanted_ = flush_wanted_ || record.ack >= ack_level::disk;
  schedule_write();
}

result<void> flush_service::admit(std::uint64_t bytes) {
  const auto now_ms = shared_->wall_clock_ms();
  if (now_ms < full_until_ms_)
    return full_;
  const auto free_bytes = shared_->counts->disk_free_bytes.load();
  const auto free_min = shared_->settings.storage.disk_free_min;
  auto admitted = log_->reserve(bytes);
  if (admitted && free_bytes_known_ && free_bytes < free_min)
    admitted = {errc::disk_full,
                std::to_string(free_bytes >> 20) + " MiB are free in '"
                  + shared_->settings.storage.data + "' and "
                  + std::to_string(free_min >> 20)
                  + " MiB must stay free (storage.disk-free-min): make room"};
  if (!admitted && admitted.error().code == errc::disk_full) {
    full_until_ms_ = now_ms + full_retry_ms;
    full_ = admitted.error();
    // Only a flush looks at the free space again.
    flush_wanted_ = true;
    flush_if_due();
  }
  return admitted;
}

bool flush_service::is_throttled() const {
  const auto end = log_->end().value;
  return end - flushed_.value > shared_->settings.storage.dirty_bytes_max
         || end - applied_.value > unapplied_bytes_max;
}

void flush_service::resume_backlog() {
  while (!backlog_.empty()) {
    if (backlog_.front().writer && is_throttled())
      return;
    auto item = std::move(backlog_.front());
    backlog_.pop_front();
    if (item.writer)
      stage(item.batch, item.writer);
    else
      place_barrier(std::move(item.barrier));
  }
}

// -- writing ----------------------------------------------------------------

void flush_service::schedule_write() {
  if (std::exchange(write_scheduled_, true))
    return;
  // Behind everything that this turn of the loop still delivers to us.
  tell(self_, handle_of(self_), write_atom::value);
}

void flush_service::write() {
  if (log_->staged_bytes() == 0)
    return;
  const auto written = log_->write();
  if (!written) {
    fail(written.error());
    return;
  }
  shared_->counts->written = written->value;
  for (auto& [writer, batches] : turn_)
    tell(self_, writer, batches_written{std::move(batches), flushed_});
  turn_.clear();
  for (auto& record : turn_records_) {
    if (record.ack >= ack_level::disk)
      records_waiting_.push_back(std::move(record));
    else
      record.reply.give(record.end);
  }
  turn_records_.clear();
  flush_if_due();
}

// -- flushing ---------------------------------------------------------------

void flush_service::flush_if_due() {
  if (flush_running_ || !syncer_)
    return;
  const auto dirty = log_->written().value - flushed_.value;
  if (flush_wanted_ || dirty >= eager_flush_bytes) {
    start_flush();
  } else if (dirty > 0 && !std::exchange(tick_scheduled_, true)) {
    caf::delayed_anon_send(handle_of(self_),
                           shared_->settings.storage.flush_interval,
                           tick_atom::value);
  }
}

void flush_service::start_flush() {
  flush_running_ = true;
  flush_wanted_ = false;
  auto job = std::make_shared<store::flush_job>(log_->take_flush_job());
  tell(self_, syncer_, flush_order{std::move(job)});
}

void flush_service::flushed(flush_done& done) {
  if (done.why.code != errc::none) {
    fail(done.why);
    return;
  }
  flush_running_ = false;
  flushed_ = std::max(flushed_, done.job->target);
  log_->complete(std::move(*done.job));
  shared_->counts->flushed = flushed_.value;
  shared_->counts->disk_free_bytes = done.free_bytes;
  free_bytes_known_ = true;
  while (!writers_waiting_.empty()
         && writers_waiting_.front().first <= flushed_) {
    tell(self_, writers_waiting_.front().second, log_flushed{flushed_});
    writers_waiting_.pop_front();
  }
  while (!records_waiting_.empty()
         && records_waiting_.front().end <= flushed_) {
    records_waiting_.front().reply.give(records_waiting_.front().end);
    records_waiting_.pop_front();
  }
  send_to_applier(!barriers_.empty() || !backlog_.empty());
  resume_backlog();
  flush_wanted_ = flush_wanted_ || somebody_waits_for_disk();
  flush_if_due();
}

bool flush_service::somebody_waits_for_disk() const {
  return !writers_waiting_.empty() || !records_waiting_.empty()
         || (!backlog_.empty() && flushed_ < log_->written())
         || (!barriers_.empty() && barriers_.back().end > flushed_);
}

// -- views ------------------------------------------------------------------

void flush_service::send_to_applier(bool now) {
  if (applier_ && applied_ < flushed_)
    tell(self_, applier_, apply_order{flushed_, log_->start(), now});
  else
    settle_barriers();
}

void flush_service::applied(log_position position) {
  applied_ = std::max(applied_, position);
  settle_barriers();
  resume_backlog();
}

void flush_service::add_barrier(answer reply) {
  // It stands for everything that was sent before it. A queue's next offset is
  // read behind it: a batch of an earlier writer must not come later.
  if (!backlog_.empty())
    backlog_.push_back({{}, nullptr, std::move(reply)});
  else
    place_barrier(std::move(reply));
}

void flush_service::place_barrier(answer reply) {
  write();
  barriers_.push_back({log_->written(), ack_level::disk, std::move(reply)});
  if (flushed_ < log_->written()) {
    flush_wanted_ = true;
    flush_if_due();
  } else {
    send_to_applier(true);
  }
}

void flush_service::settle_barriers() {
  while (!barriers_.empty() && barriers_.front().end <= applied_) {
    barriers_.front().reply.give(barriers_.front().end);
    barriers_.pop_front();
  }
}

// -- the rest ---------------------------------------------------------------

void flush_service::check_retention() {
  const auto& storage = shared_->settings.storage;
  caf::delayed_anon_send(handle_of(self_), storage.retention_check_interval,
                         retention_atom::value);
  std::vector<core::segment_age> ages;
  for (const auto& segment : log_->segments())
    ages.push_back(
      {segment.first, segment.size_bytes,
       segment.newest_store_time_ms.value_or(segment.modified_ms)});
  const core::retention_rules rules{storage.retention.count(),
                                    storage.retention_size};
  const auto keep_from =
    core::retained_from(ages, rules, applied_, shared_->wall_clock_ms());
  if (keep_from > log_->start() && syncer_)
    tell(self_, syncer_, removal_order{log_, shared_->views, keep_from});
}

void flush_service::shut_down() {
  write();
  // The log_syncer, which uses this actor, has been stopped before it.
  auto job = log_->take_flush_job();
  if (const auto flushed = job.run(); !flushed)
    fail(flushed.error());
  else
    self_->quit(caf::exit_reason::user_shutdown);
}

void flush_service::fail(const failure& why) {
  // Whatever it was, the bytes on disk are in doubt: nothing is tried again on
  // this file, and what waits is refused when the state is destroyed.
  self_->quit(make_error(errc::storage_failed, to_string(why)));
}

} // namespace apogee::broker
