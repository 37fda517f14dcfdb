#pragma once

#include "actors/client/actor_lifetime.hpp"
#include "actors/client/broadcast_offsets.hpp"
#include "actors/client/consumer_status.hpp"
#include "actors/client/delivery.hpp"
#include "actors/client/listener_pool.hpp"
#include "actors/client/outgoing_batch.hpp"
#include "actors/client/push_consumer.hpp"
#include "actors/client/service_link.hpp"
#include "actors/core/consume_progress.hpp"
#include "messages/group.capnp.h"

#include <caf/atom.hpp>
#include <caf/behavior.hpp>
#include <caf/scheduled_actor.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace apogee::client {

using stop_session_atom = caf::atom_constant<caf::atom("stopsess")>;
using move_session_atom = caf::atom_constant<caf::atom("movesess")>;
using session_events_atom = caf::atom_constant<caf::atom("sessevents")>;

/// What all actors of one push consumer share.
struct consumer_context {
  push_consumer_settings settings;
  caf::actor connector;
  bool in_io_thread = true;
  std::shared_ptr<listener_pool> pool;
  std::shared_ptr<consumer_status> status;
  std::shared_ptr<actor_lifetime> lifetime;
  std::shared_ptr<broadcast_offsets> offsets; ///< of a broadcasting member
  /// Of the group, when failed messages come again through it; else empty. Its
  /// queues are at the brokers of the other topics: no route is asked for.
  std::string retry_topic;
};

using consumer_context_ptr = std::shared_ptr<const consumer_context>;

inline constexpr std::chrono::milliseconds session_tick_max{500};
inline constexpr std::chrono::milliseconds pull_pause_first{50};
inline constexpr std::chrono::milliseconds pull_pause_max{1'000};

/// How long the coordinator may take to answer.
inline constexpr std::chrono::milliseconds join_timeout{5'000};

/// A pull is given up so long after the broker should have answered it.
inline constexpr std::chrono::milliseconds pull_grace{5'000};

/// Deliveries of one queue that may wait for the listener, or twice as many as
/// there are listener threads.
inline constexpr std::size_t deliveries_per_queue_max = 2;

/// How long the broker may take to keep a message that is given back.
inline constexpr std::chrono::milliseconds send_back_timeout{3'000};

/// A record that does not decode is pulled so often before it is skipped.
inline constexpr int damaged_pulls_max = 3;

/// A push consumer's part at one broker: joins the group there, pulls the
/// queues that it is assigned, passes what comes to the listener, and reports
/// how far it is.
///
/// A queue that is taken away is let go in two steps: nothing new is begun, and
/// when its running listeners are done, the next report says how far they came
/// and that the queue is free.
///
/// What the listener failed goes back to the broker, message by message, and is
/// finished when it is stored there; the queue counts as busy until then. When
/// the broker does not take it, it is delivered again after a pause.
///
/// Talks to: the services "groups" and "broker" of its broker (through
/// service_links). When the group is lost it keeps its queues and how far it
/// is, joins again, and pulls on once it is told that they are still its own.
/// Ends with stop_session_atom, after the last report; messages that are on
/// their way back are waited for, at most for send_back_timeout.
class consumer_session {
public:
  static inline const char* name = "consumer_session";

  consumer_session(caf::scheduled_actor* self, consumer_context_ptr shared,
                   std::string broker, std::string address);
  ~consumer_session();

  caf::behavior make_behavior();

private:
  using queue_key = std::pair<std::string, std::uint32_t>;

  struct paused_delivery {
    steady_time due;
    delivery work;
  };

  /// The record that did not decode last.
  struct damaged_record {
    queue_offset offset;
    int pulls = 0; // that brought it

    bool is_skipped() const { return pulls >= damaged_pulls_max; }
  };

  struct held_queue {
    std::shared_ptr<queue_lease> lease;
    /// The one before, while listeners work on what it brought.
    std::shared_ptr<queue_lease> earlier;
    core::consume_progress progress{queue_offset{}};
    queue_offset reported;       // the broker knows
    std::uint64_t pull = 0;      // under way; 0: none
    steady_time pull_deadline{}; // … until it counts as lost
    steady_time pull_after{};    // not before, because the last one failed
    std::chrono::milliseconds pull_pause = pull_pause_first;
    std::size_t buffered_bytes = 0;
    std::deque<delivery> waiting; // in order, for the one before to finish
    std::vector<paused_delivery> paused; // failed ones
    damaged_record damaged;
    std::uint64_t count_max = ~0u; // of a pull: low near a damaged record
    std::uint64_t pulled_max = 0;  // what the pull under way asked for

    bool has_earlier() const {
      return earlier && earlier->open_deliveries.load() > 0;
    }

    /// Listeners work on its messages, or will.
    bool is_busy() const {
      return lease->open_deliveries.load() > 0 || has_earlier();
    }

    std::shared_ptr<queue_lease> last_busy() const {
      return lease->open_deliveries.load() > 0 ? lease : earlier;
    }
  };

  // -- the group ------------------------------------------------------------
  void open_links(const std::string& address);
  void close_links();
  void linked(link_update& update);
  void join();
  void joined(const envelope<schema::JoinReply>& reply);
  void assigned(const envelope<schema::Assignment>& assignment);
  void take_over(std::uint64_t generation,
                 const std::map<queue_key, queue_offset>& queues);
  void release(held_queue queue);
  void finish_release();
  void report(bool is_leaving);
  void reported(const std::map<queue_key, queue_offset>& offsets);
  void report_failed(const failure& why);
  void stop();
  void end();
  void tick();
  void schedule_tick(std::chrono::milliseconds pause);
  void publish_queues();
  void problem(const char* part, failure why);

  // -- the queues -----------------------------------------------------------
  void hold(const queue_key& key, queue_offset start);
  void pump();
  void pump(const queue_key& key, held_queue& queue);
  bool may_pull(const held_queue& queue) const;
  void pull(const queue_key& key, held_queue& queue);
  void pulled(std::uint64_t lease, std::uint64_t pull,
              const envelope<schema::PullReply>& reply);
  void pull_failed(std::uint64_t lease, std::uint64_t pull, const failure& why);
  void pause_pulls(held_queue& queue);
  void correct_offset(std::uint64_t lease);
  void correct_offset(std::uint64_t lease, std::uint64_t id, queue_offset min,
                      queue_offset max);
  void restart_at(held_queue& queue, queue_offset offset);
  void deliver(held_queue& queue, delivery&& work);
  void submit(delivery&& work);
  void await_event();
  void take_events();
  void take_event(delivery_event& event);
  void note_damage(held_queue& queue, queue_offset at, const failure& why);
  std::uint64_t pass_damaged(held_queue& queue);
  void go_on(held_queue& queue);

  // -- what failed ----------------------------------------------------------
  void failed(held_queue& queue, delivery_event& event);
  void give_back(delivery&& work, std::uint32_t count);
  void given_back(delivery&& work, std::uint32_t count,
                  std::size_t record_bytes);
  void not_given_back(delivery&& work, const failure& why);
  void give_back_ended(queue_lease& lease);
  void pause(held_queue& queue, delivery&& work);
  void resume_paused(held_queue& queue, steady_time now);
  void forget_lost_pulls(held_queue& queue, steady_time now);
  held_queue* find(std::uint64_t lease);
  std::shared_ptr<queue_lease> make_lease(const queue_key& key);

  caf::scheduled_actor* self_;
  consumer_context_ptr shared_;
  std::string broker_;
  std::string address_;
  caf::actor broker_link_;
  caf::actor groups_link_;
  std::uint32_t last_link_ = 0; // even: broker, odd: groups
  caf::actor broker_service_;
  caf::actor groups_service_;
  std::shared_ptr<delivery_events> events_;
  bool is_look_due_ = false; // events_atom is on its way to itself

  bool is_joined_ = false;
  bool is_joining_ = false;
  bool is_assigned_ = false; // since it joined last: queues are pulled
  std::uint64_t newest_generation_ = 0; // that was assigned
  std::uint64_t taken_generation_ = 0;  // … and is taken over
  std::chrono::milliseconds heartbeat_{1'000};
  steady_time last_report_{};
  bool is_reporting_ = false;
  std::uint64_t report_turn_ = 0;
  bool is_report_due_ = false;

  std::map<queue_key, held_queue> queues_;
  std::vector<held_queue> releasing_;
  std::map<queue_key, queue_offset> released_; // to be reported
  std::map<std::uint64_t, queue_key> leases_;
  std::uint64_t last_lease_ = 0;
  std::uint64_t last_pull_ = 0;
  std::size_t buffered_bytes_ = 0;
  steady_time tick_at_{};
  std::size_t giving_back_ = 0; // deliveries
  bool is_stop_due_ = false;    // when they are done
  bool is_stopping_ = false;
};

} // namespace apogee::client
