#pragma once

#include "actors/client/actor_lifetime.hpp"
#include "actors/client/outgoing_batch.hpp"
#include "actors/client/pull_consumer.hpp"
#include "actors/client/route_watcher.hpp"
#include "messages/client.capnp.h"

#include <caf/behavior.hpp>
#include <caf/scheduled_actor.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace apogee::client {

using take_calls_atom = caf::atom_constant<caf::atom("takecalls")>;
using stop_consumer_atom = caf::atom_constant<caf::atom("stopcons")>;

inline constexpr std::chrono::milliseconds consumer_tick{50};
inline constexpr std::chrono::milliseconds consumer_route_refresh{5'000};

/// Something a user asked of a pull consumer.
struct consumer_call {
  struct pull {
    envelope<schema::PullRequest> request;
    pull_consumer::pull_callback done;
  };

  struct offsets {
    envelope<schema::OffsetQuery> query;
    pull_consumer::ends_callback done;
  };

  struct queues {
    pull_consumer::queues_callback done;
  };

  std::string topic;
  std::string broker; ///< empty for queues
  steady_time deadline;
  std::variant<pull, offsets, queues> what;
};

/// The way of calls from any thread to the actor. As messages they would be
/// lost, unanswered, when the actor ends before them.
class call_inbox {
public:
  /// `wake` tells the actor that there is something to take.
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }

  /// False when it is closed.
  bool put(consumer_call&& call) {
    {
      std::lock_guard guard{mutex_};
      if (is_closed_)
        return false;
      calls_.push_back(std::move(call));
      if (std::exchange(is_signalled_, true))
        return true;
    }
    wake_();
    return true;
  }

  /// How many there are to take; the next put wakes the actor again.
  std::size_t begin_turn() {
    std::lock_guard guard{mutex_};
    is_signalled_ = false;
    return calls_.size();
  }

  /// The oldest call.
  std::optional<consumer_call> take() {
    std::lock_guard guard{mutex_};
    if (calls_.empty())
      return {};
    std::optional<consumer_call> first{std::move(calls_.front())};
    calls_.pop_front();
    return first;
  }

  /// What was put before can still be taken.
  void close() {
    std::lock_guard guard{mutex_};
    is_closed_ = true;
  }

private:
  std::function<void()> wake_;
  std::mutex mutex_;
  std::deque<consumer_call> calls_;
  bool is_signalled_ = false;
  bool is_closed_ = false;
};

/// Serves the calls of a pull_consumer: finds the broker, asks it, and asks
/// again after a failure that may pass, until the call's deadline.
///
/// Talks to: nameservers (through a route_watcher), the service "broker" of
/// each broker that a call needs (through service_links).
class pull_consumer_actor {
public:
  static inline const char* name = "pull_consumer";

  pull_consumer_actor(caf::scheduled_actor* self,
                      pull_consumer_settings settings, caf::actor connector,
                      std::shared_ptr<call_inbox> inbox,
                      std::shared_ptr<actor_lifetime> lifetime);
  ~pull_consumer_actor();

  caf::behavior make_behavior();

private:
  struct open_call {
    consumer_call call;
    std::string address; // of the broker that is being asked; empty: waits
    std::uint64_t turn = 0;
    failure why; // the last reason not to have an answer
  };

  struct topic_state {
    std::vector<core::broker_route> routes;
    failure why;
    bool is_known = false;
  };

  struct broker_state {
    caf::actor link;
    caf::actor service;
    failure why;
  };

  void accept(consumer_call&& call);
  void linked(link_update& update);
  void routed(route_update& update);
  void tick();
  void try_all();
  void try_one(std::uint64_t id);
  void ask_broker(std::uint64_t id, const std::string& address,
                  const caf::actor& service);
  template <class Reply, class Request>
  void send(std::uint64_t id, const caf::actor& service,
            const Request& request);
  void answered(std::uint64_t id, std::uint64_t turn,
                const envelope<schema::PullReply>& reply);
  void answered(std::uint64_t id, std::uint64_t turn,
                const envelope<schema::OffsetAnswer>& reply);
  void failed(std::uint64_t id, std::uint64_t turn, const failure& why);
  void answer_queues(std::uint64_t id, const topic_state& topic);
  void fail(std::uint64_t id, const failure& why);
  std::optional<consumer_call> take(std::uint64_t id, std::uint64_t turn);
  broker_state& broker_at(const std::string& address);
  void close_all();
  void schedule_tick();

  caf::scheduled_actor* self_;
  pull_consumer_settings settings_;
  caf::actor connector_;
  std::shared_ptr<call_inbox> inbox_;
  std::shared_ptr<actor_lifetime> lifetime_;
  caf::actor watcher_;
  std::map<std::uint64_t, open_call> calls_;
  std::uint64_t last_call_ = 0;
  std::unordered_map<std::string, topic_state> topics_;
  std::map<std::string, broker_state> brokers_; // by address
  std::map<std::uint32_t, std::string> links_;  // link number → address
  std::uint32_t last_link_ = 0;
  bool is_tick_scheduled_ = false;
};

} // namespace apogee::client
