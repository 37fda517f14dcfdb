#pragma once

#include "actors/answer.hpp"
#include "actors/broker/context.hpp"
#include "actors/broker/messages.hpp"
#include "actors/core/queue_tail.hpp"
#include "actors/core/waiting_places.hpp"
#include "store/log_reader.hpp"

#include <caf/behavior.hpp>
#include <caf/scheduled_actor.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace apogee::broker {

/// The actors a queue writer talks to; all of them are older than it and a
/// restart of one restarts it.
struct queue_writer_peers {
  caf::actor dispatcher;
  caf::actor flush_service;
  std::vector<caf::actor> cold_readers;
  std::shared_ptr<const store::log_reader> log;
  caf::actor log_syncer;
};

/// Owns the young end of one queue: checks and numbers messages, stages them at
/// the flush_service, answers producers when they are safe at their level, and
/// serves pulls, waiting ones too, from what is visible.
///
/// Told to shut down, it takes no more messages and answers what it has
/// accepted first, unless what it would wait for has ended.
///
/// Spawned by the dispatcher on first use; gives itself up after
/// queue_idle_after. Survives nothing: a successor reads the next offset from
/// the views. Lives in the middleman's I/O thread; reads that may block go to
/// the cold_readers.
class queue_writer {
public:
  queue_writer(caf::scheduled_actor* self, context_ptr shared, topic_info topic,
               std::uint32_t number, queue_offset next,
               queue_writer_peers peers);
  ~queue_writer();

  queue_writer(const queue_writer&) = delete;
  queue_writer& operator=(const queue_writer&) = delete;

  caf::behavior make_behavior();

private:
  using clock = std::chrono::steady_clock;
  using wake_atom = caf::atom_constant<caf::atom("wake")>;
  using expire_atom = caf::atom_constant<caf::atom("expire")>;

  /// Messages between staging and answer.
  struct pending_append {
    queue_offset first;
    std::uint64_t term = 0;
    ack_level ack = ack_level::memory;
    std::vector<core::queue_tail::entry> entries;
    log_position position;
    std::int64_t store_time_ms = 0;
    clock::time_point flush_deadline = clock::time_point::max();
    answer reply;
    std::shared_ptr<core::memory_budget::lease> lease;
  };

  struct waiting_pull {
    core::waiting_places::place place; ///< once it waits
    pull_order order; ///< its offset moves on past what is not wanted
    clock::time_point deadline;
    answer reply;
  };

  // -- appending --------------------------------------------------------------
  void append(append_order& order);
  void written(batches_written& done);
  void flushed(log_position position);
  void refused(const refused_batch& refusal);
  static void acknowledge(pending_append& append, bool is_flush_late = false);
  clock::time_point answer_late_flushes();

  // -- pulling ----------------------------------------------------------------
  void pull(const pull_order& order);
  void drop_pulls_in_vain();
  bool serve(waiting_pull& pull);
  void give_nothing(waiting_pull& pull, queue_offset next, queue_offset oldest);
  bool is_cheap(const pull_read& read) const;
  bool skip(waiting_pull& pull, const pull_read& looked);
  result<pull_read> look(const pull_order& order) const;
  failure out_of_range(queue_offset offset, queue_offset oldest) const;
  void wake_pulls();
  void serve_ready();
  clock::time_point expire_pulls();
  void wake_at(clock::time_point when);
  void query(const envelope<schema::OffsetQuery>& request);
  const caf::actor& next_cold_reader();
  result<queue_offset> min_offset();

  void look_whether_idle();
  void drain();
  void quit_when_drained();
  clock::time_point now() const;

  caf::scheduled_actor* self_;
  context_ptr shared_;
  topic_info topic_;
  queue_id queue_;
  queue_writer_peers peers_;
  core::flow_pointer sent_; // to the topic
  core::queue_tail tail_;
  std::uint64_t term_ = 0;
  std::deque<pending_append> staged_;         // not yet written
  std::deque<pending_append> awaiting_flush_; // written, disk level
  core::waiting_places places_;
  std::vector<waiting_pull> waiting_;
  std::deque<waiting_pull> ready_;        // there are messages for them
  std::size_t waits_since_sweep_ = 0;     // pulls that wanted to wait
  bool is_wake_due_ = false;              // wake_atom is on its way to itself
  std::vector<clock::time_point> alarms_; // that will ring, the next one last
  std::size_t cold_reader_next_ = 0;
  log_position min_known_for_; // the log start that min_ was looked up for
  bool min_is_known_ = false;
  queue_offset min_;
  bool is_draining_ = false;
  bool is_log_served_ = true; // flush_service and log_syncer are there
  std::uint64_t handled_ = 0;
  std::uint64_t handled_at_last_look_ = 0;
};

} // namespace apogee::broker
