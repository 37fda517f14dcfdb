#pragma once

#include "actors/answer.hpp"
#include "actors/broker/context.hpp"
#include "actors/broker/messages.hpp"

#include <caf/behavior.hpp>
#include <caf/scheduled_actor.hpp>

#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace apogee::broker {

/// The only writer of the log. Collects what the queue writers stage during one
/// turn of its thread's loop, writes it with one positioned write, and tells
/// each writer once; has the log_syncer flush when somebody waits for it, when
/// enough is dirty, or when flush_interval has passed.
///
/// Talks to: queue_writers (staged_batch → batches_written, log_flushed,
/// refused_batch), log_syncer (flush_order → flush_done), view_applier
/// (apply_order → apply_done), and serves log_service_actor.
///
/// Back-pressure: with dirty_bytes_max bytes written and not flushed it keeps
/// what is staged aside until the disk has caught up. What it keeps is bounded
/// by the memory budget that the dispatcher charges.
///
/// A full disk refuses batches and is tried again. A failed write or flush ends
/// the actor with errc::storage_failed: durability is lost, so the node stops.
///
/// Told to shut down, it writes and flushes what it has, so that a clean stop
/// leaves everything on disk.
///
/// Lives in the middleman's I/O thread, with the queue writers.
class flush_service {
public:
  flush_service(caf::scheduled_actor* self, context_ptr shared,
                std::shared_ptr<store::commit_log> log);

  caf::behavior make_behavior();

private:
  struct waiting_record {
    log_position end;
    ack_level ack;
    answer reply;
  };

  // -- staging ----------------------------------------------------------------
  void accept(staged_batch& batch);
  void stage(staged_batch& batch, const caf::actor& writer);
  void refuse(const staged_batch& batch, const caf::actor& writer,
              const failure& why);
  void stage_record(append_record& record, answer reply);
  result<void> admit(std::uint64_t bytes);
  bool is_throttled() const;
  void resume_backlog();

  // -- writing and flushing ---------------------------------------------------
  void schedule_write();
  void write();
  void flush_if_due();
  void start_flush();
  void flushed(flush_done& done);
  bool somebody_waits_for_disk() const;
  void send_to_applier(bool now);
  void applied(log_position position);
  void add_barrier(answer reply);
  void place_barrier(answer reply);
  void settle_barriers();
  void check_retention();
  void shut_down();
  void fail(const failure& why);

  struct backlog_item {
    staged_batch batch;
    caf::actor writer;
    answer barrier; // instead of both
  };

  caf::scheduled_actor* self_;
  context_ptr shared_;
  std::shared_ptr<store::commit_log> log_;
  epoch epoch_;
  std::uint64_t term_ = 0;
  std::deque<backlog_item> backlog_; // throttled; bounded by the memory budget
  std::unordered_map<caf::actor, std::vector<written_batch>> turn_;
  std::vector<waiting_record> turn_records_;
  bool write_scheduled_ = false;

  caf::actor syncer_;
  caf::actor applier_;
  log_position flushed_;
  log_position applied_;
  bool flush_running_ = false;
  bool flush_wanted_ = false; // somebody waits for the disk
  bool tick_scheduled_ = false;
  std::deque<std::pair<log_position, caf::actor>> writers_waiting_;
  std::deque<waiting_record> records_waiting_;
  std::deque<waiting_record> barriers_;
  std::int64_t full_until_ms_ = 0; // the disk is not asked again before
  failure full_;
  bool free_bytes_known_ = false;
};

} // namespace apogee::broker
