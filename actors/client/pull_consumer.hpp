#pragma once

#include "actors/client/message.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace apogee::client {

struct pull_consumer_settings {
  /// Native addresses (HOST:PORT) of the nameservers, tried in turn.
  std::vector<std::string> nameservers = {};
  /// Time after which a call is answered with errc::timeout; for pull() on top
  /// of the time it may wait for messages.
  std::chrono::milliseconds timeout{3'000};
};

/// What a pull may bring.
struct pull_limits {
  std::uint32_t messages_max = 1024;
  /// At least one message comes, whatever its size.
  std::uint32_t bytes_max = 1u << 20;
  /// One that the broker does not understand fails the pull with
  /// errc::invalid_argument.
  message_filter filter = {};
};

struct environment;

/// Reads queues without a group: the caller keeps the offsets. A small handle:
/// copies share one actor, which ends with stop() or with the last copy. All
/// functions may be called from any thread outside actors.
///
/// Every call is answered exactly once. Broken connections and restarting
/// brokers are tried again until the time-out. Callbacks run on the client's
/// I/O thread: keep them short, do not block and do not throw.
class pull_consumer {
public:
  using queues_callback =
    std::function<void(const result<std::vector<topic_queue>>&)>;
  using pull_callback = std::function<void(const result<pulled_batch>&)>;
  using ends_callback = std::function<void(const result<queue_ends>&)>;

  pull_consumer() = default;

  /// All queues of a topic that may be read. Fails with errc::unknown_topic,
  /// no_route, timeout, closed.
  result<std::vector<topic_queue>> queues(const std::string& topic);
  void queues_async(const std::string& topic, queues_callback done);

  /// Messages from `offset` on; waits up to `wait` when there is none, and
  /// then brings none. Fails with errc::offset_out_of_range (ask for the ends),
  /// unknown_queue, corrupt, timeout, closed.
  result<pulled_batch> pull(const topic_queue& queue, queue_offset offset,
                            std::chrono::milliseconds wait = {},
                            pull_limits limits = {});
  void pull_async(const topic_queue& queue, queue_offset offset,
                  std::chrono::milliseconds wait, pull_limits limits,
                  pull_callback done);

  /// Where the queue begins and ends, and the first message that was stored at
  /// or after `store_time_ms` (-1: is not looked for).
  result<queue_ends> offsets(const topic_queue& queue,
                             std::int64_t store_time_ms = -1);
  void offsets_async(const topic_queue& queue, std::int64_t store_time_ms,
                     ends_callback done);

  /// Answers what is unanswered with errc::closed and ends the actor. No
  /// callback runs after it returned, unless a callback of another client calls
  /// it. Safe to call twice and from callbacks.
  void stop();

  explicit operator bool() const { return impl_ != nullptr; }

private:
  friend pull_consumer spawn_pull_consumer(caf::actor_system&,
                                           pull_consumer_settings,
                                           const environment&);

  class implementation;
  std::shared_ptr<implementation> impl_;
};

/// Starts a pull consumer; it connects in the background. `sys` needs CAF's
/// middleman (see system_config.hpp) and has to outlive it.
pull_consumer spawn_pull_consumer(caf::actor_system& sys,
                                  pull_consumer_settings settings);

/// As above, somewhere else than the middleman's thread: for tests.
pull_consumer spawn_pull_consumer(caf::actor_system& sys,
                                  pull_consumer_settings settings,
                                  const environment& where);

} // namespace apogee::client
