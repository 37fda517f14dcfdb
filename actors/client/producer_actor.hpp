#pragma once

#include "actors/client/producer.hpp"
#include "actors/client/route_watcher.hpp"
#include "actors/client/send_buffer.hpp"
#include "actors/core/send_retry.hpp"
#include "actors/core/topic_route.hpp"
#include "messages/client.capnp.h"

#include <caf/behavior.hpp>
#include <caf/scheduled_actor.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace apogee::client {

using take_pending_atom = caf::atom_constant<caf::atom("takepend")>;
using send_tick_atom = caf::atom_constant<caf::atom("sendtick")>;
using send_retry_atom = caf::atom_constant<caf::atom("sendretry")>;
using stop_producer_atom = caf::atom_constant<caf::atom("stopprod")>;

/// Requests that may be under way to one broker. While less than a good part
/// of a batch is pending, two are enough: what comes meanwhile travels
/// together.
inline constexpr std::size_t requests_in_flight_max = 8;
inline constexpr std::size_t small_requests_in_flight_max = 2;

/// Batches of the backlog that are tried each time.
inline constexpr std::size_t backlog_tries_max = 256;

inline constexpr std::chrono::milliseconds send_tick{50};
inline constexpr std::chrono::milliseconds producer_route_refresh{30'000};
inline constexpr std::chrono::milliseconds route_ask_pause{200};

/// The sending side of a producer: takes what is pending in the send_buffer,
/// chooses a queue for each batch, keeps a bounded number of requests under way
/// to each broker, and answers every message once.
///
/// Batches without shard keys go to the queues in turn. Those with keys are
/// split by queue, and a queue of this kind has one request under way at a time
/// so that order survives retries.
///
/// Talks to: nameservers (through a route_watcher), the service "broker" of
/// each broker with a route (through service_links). Survives the loss of all
/// of them; what cannot be sent meanwhile waits until its time-out.
class producer_actor {
public:
  static inline const char* name = "producer";

  producer_actor(caf::scheduled_actor* self, producer_settings settings,
                 caf::actor connector, std::shared_ptr<send_buffer> buffer);
  ~producer_actor();

  caf::behavior make_behavior();

private:
  struct queue_key {
    std::uint32_t topic = 0;
    std::uint32_t queue = 0;
    auto operator<=>(const queue_key&) const = default;
  };

  struct ordered_lane { // one queue's batches with shard keys
    std::deque<batch_ptr> waiting;
    bool is_busy = false; // one is under way, or pauses before a retry
  };

  struct broker_state {
    std::string address;
    std::string name;
    caf::actor link;
    caf::actor service; // null: no connection
    failure why;        // … and why
    std::size_t in_flight = 0;
    bool is_awaited = false; // a batch of the backlog comes first
    std::map<queue_key, ordered_lane> lanes;
  };

  struct topic_state {
    std::string name;
    core::topic_route route;
    bool is_known = false; // there was a route once
    bool is_watched = false;
    steady_time asked{};           // when the route was last asked for
    failure why;                   // why there is no route
    std::deque<batch_ptr> waiting; // for a route or a connection
  };

  struct request {
    batch_ptr batch;
    std::string address;
    std::uint32_t queue = 0;
  };

  struct paused { // before the next attempt
    steady_time due;
    std::vector<batch_ptr> parts;
    std::string address; // of an ordered lane; empty: any broker
    std::uint32_t queue = 0;
    failure why;
  };

  struct answering { // a batch whose senders are being answered
    batch_ptr batch;
    std::size_t next = 0;
    result<receipt> outcome;
    queue_offset offset; // of the next message
    log_position position;
  };

  struct expired_message {
    send_callback done;
    result<receipt> why;
    std::size_t bytes = 0; // of room, given back after the answer
  };

  // -- events -----------------------------------------------------------------
  void linked(link_update& update);
  void routed(route_update& update);
  void appended(std::uint64_t id, const envelope<schema::AppendReply>& reply);
  void failed(std::uint64_t id, const failure& why);
  void tick();
  void ask_for_stranded();

  // -- sending ----------------------------------------------------------------
  void pump();
  void pump_backlog();
  void await_brokers(const outgoing_batch& batch);
  bool may_take() const;
  bool has_room(const broker_state& broker, std::size_t bytes) const;
  void dispatch(batch_ptr batch);
  bool place(batch_ptr& batch);
  void split_by_queue(topic_state& topic, batch_ptr batch);
  void pump_lanes(broker_state& broker);
  void send(broker_state& broker, std::uint32_t queue, batch_ptr batch);
  void resend(request lost, const failure& why);
  void resume_paused();
  void put_back(paused& item);
  void ask_route(topic_state& topic);
  void connect(const core::broker_route& route);
  void forget_unrouted();
  bool has_other_broker(const outgoing_batch& batch,
                        const std::string& address) const;
  topic_state& topic_of(const outgoing_batch& batch);

  // -- answering --------------------------------------------------------------
  void answer(batch_ptr batch, const failure& why);
  void answer(batch_ptr batch, result<receipt> outcome, queue_offset first,
              log_position position);
  void run_answers();
  void run_expired();
  bool expire(outgoing_batch& batch, steady_time now, const failure& why);
  void expire_all();
  template <class Batches>
  void expire_waiting(Batches& batches, steady_time now, const failure& why);
  failure timeout_failure(const failure& why) const;
  void close_all();
  std::deque<batch_ptr> take_everything();
  void schedule_tick();

  caf::scheduled_actor* self_;
  producer_settings settings_;
  caf::actor connector_;
  std::shared_ptr<send_buffer> buffer_;
  core::send_retry retry_;
  caf::actor watcher_;
  std::unordered_map<std::uint32_t, topic_state> topics_; // by topic_index
  std::unordered_map<std::string, std::uint32_t> topic_indices_;
  std::map<std::string, broker_state> brokers_; // by address
  std::map<std::uint32_t, std::string> links_;  // link number → address
  std::uint32_t last_link_ = 0;
  std::unordered_map<std::uint64_t, request> requests_;
  std::uint64_t last_request_ = 0;
  std::deque<batch_ptr> backlog_; // the windows of their brokers are full
  std::vector<paused> paused_;
  std::optional<answering> answering_;
  std::deque<expired_message> expired_; // to be answered with a time-out
  std::deque<batch_ptr> closing_;       // to be answered with errc::closed
  bool is_tick_scheduled_ = false;
  bool is_closed_ = false;
};

} // namespace apogee::client
