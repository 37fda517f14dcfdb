#pragma once

#include "actors/client/message.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace apogee::client {

struct producer_settings {
  /// Native addresses (HOST:PORT) of the nameservers, tried in turn.
  std::vector<std::string> nameservers = {};
  /// At which level a message must be safe before its send is answered.
  ack_level ack = ack_level::memory;
  /// Time after which a send is answered with errc::timeout; covers waiting
  /// for room, all attempts, and the pauses between them.
  std::chrono::milliseconds send_timeout{3'000};
  /// Attempts, on other queues and brokers, for failures that may pass. While
  /// a broker answers that it is busy or restarting, it is asked again until
  /// the time-out.
  std::uint32_t attempts_max = 3;
  /// Bytes that are accepted and not answered; over it, senders wait.
  std::size_t in_flight_bytes_max = std::size_t{16} << 20;
  /// What is pending travels in requests of at most so many bytes.
  std::size_t batch_bytes_max = std::size_t{128} << 10;
  /// Largest body. The broker has a limit of its own.
  std::size_t message_size_max = std::size_t{4} << 20;
};

struct environment;

/// Sends messages. A small handle: copies share one actor, which ends with
/// stop() or with the last copy. All functions may be called from any thread
/// outside actors, also from callbacks where it says so.
///
/// Every send is answered exactly once: with a receipt or with a failure
/// (unknown_topic, no_route, message_too_large, busy, timeout, closed, … each
/// with a text). A timeout does not say that the message was not stored.
///
/// Callbacks run on the I/O thread that all clients of a system share: keep
/// them short, do not block and do not throw. They may send; without room, a
/// send from a callback (of any client) fails with errc::busy at once.
class producer {
public:
  producer() = default;

  /// Sends and waits for the answer. Not from callbacks or actors.
  result<receipt> send(const message& msg);

  /// Sends; waits only for room. What is refused before it is sent is answered
  /// on the calling thread.
  void send_async(const message& msg, send_callback done);
  std::future<result<receipt>> send_async(const message& msg);

  /// As send_async without an answer. It is sent as safely as the others, and
  /// fails only for what is known at once.
  result<void> send_oneway(const message& msg);

  /// As send_async, but never waits: errc::busy when there is no room, in
  /// which case `done` is not called.
  result<void> try_send_async(const message& msg, send_callback done);

  /// Waits until everything that was sent is answered.
  void flush();

  /// Answers what is unanswered with errc::closed and ends the actor. No
  /// callback runs after it returned, unless a callback of another client calls
  /// it. Safe to call twice, from callbacks, and while the broker dies.
  void stop();

  explicit operator bool() const { return impl_ != nullptr; }

private:
  friend producer spawn_producer(caf::actor_system&, producer_settings,
                                 const environment&);

  class implementation;
  std::shared_ptr<implementation> impl_;
};

/// Starts a producer; it connects in the background. `sys` needs CAF's
/// middleman (see system_config.hpp) and has to outlive it.
producer spawn_producer(caf::actor_system& sys, producer_settings settings);

/// As above, somewhere else than the middleman's thread: for tests.
producer spawn_producer(caf::actor_system& sys, producer_settings settings,
                        const environment& where);

} // namespace apogee::client
