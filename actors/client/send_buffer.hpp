#pragma once

#include "actors/client/actor_lifetime.hpp"
#include "actors/client/outgoing_batch.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace apogee::client {

struct send_limits {
  std::size_t in_flight_bytes_max = 0;
  std::size_t batch_bytes_max = 0;
  std::size_t message_size_max = 0; ///< of a body
  std::chrono::milliseconds timeout{0};
};

/// What a producer's handle, on any thread, and its actor share: messages are
/// encoded on the caller's thread straight into the batch they will travel in,
/// and the actor is woken only for the first of them. Bytes that are accepted
/// and not yet answered are bounded; over the bound, callers wait.
class send_buffer {
public:
  /// `clock` is the time that deadlines are counted in. `wake` tells the actor
  /// that there is something to take; it is called on callers' threads.
  send_buffer(send_limits limits, std::function<steady_time()> clock);

  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }

  actor_lifetime lifetime;

  // -- any thread -----------------------------------------------------------

  enum class when_full { wait, refuse };

  /// Takes a message over; `done` is called later, exactly once, unless this
  /// fails: errc::closed, invalid_argument (no topic), message_too_large, busy
  /// (no room: at once with refuse, after the send time-out with wait). In a
  /// callback of any client it never waits. `done` is only moved from on
  /// success.
  result<void> put(const message& msg, send_callback&& done, when_full policy);

  /// Waits until nothing is unanswered.
  void wait_until_answered();

  /// Refuses what comes from now on and wakes those who wait for room.
  void close();

  // -- the actor ------------------------------------------------------------

  /// Everything that was put since the last call, oldest first. The next put
  /// wakes the actor again.
  std::vector<batch_ptr> take();

  /// Bytes that take() would return.
  std::size_t pending_bytes() const;

  std::string topic_name(topic_index topic) const;

  /// Gives back the room of answered messages.
  void release(std::size_t bytes, std::size_t messages);

  /// Takes an answered batch back, to use its memory again.
  void recycle(batch_ptr batch);

  /// The actor has ended; no callback runs any more.
  void terminate();

  /// Room that a message of so many words takes.
  static std::size_t charge(std::size_t words) {
    return words * sizeof(std::uint64_t) + sizeof(outgoing_message);
  }

  /// From so many pending bytes on, a further request is worth it although
  /// others are under way.
  std::size_t full_bytes() const { return limits_.batch_bytes_max / 4; }

private:
  struct lane { // of one topic: the batches that are still open
    outgoing_batch* plain = nullptr;
    outgoing_batch* sharded = nullptr;
  };

  result<void> wait_for_room(std::unique_lock<std::mutex>& lock,
                             std::size_t bytes, when_full policy);
  topic_index index_of(std::string_view topic);
  outgoing_batch& open_batch(topic_index topic, bool sharded,
                             std::size_t words);
  bool note_pending(std::size_t bytes);

  const send_limits limits_;
  const std::function<steady_time()> clock_;
  std::function<void()> wake_;

  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable answered_;
  std::vector<batch_ptr> pending_;
  std::vector<lane> lanes_;                                   // by topic_index
  std::vector<std::unique_ptr<std::string>> names_;           // by topic_index
  std::unordered_map<std::string_view, topic_index> indices_; // keys: names_
  std::vector<batch_ptr> spare_;
  topic_index last_topic_;
  std::size_t pending_bytes_ = 0;
  std::size_t in_flight_bytes_ = 0;
  std::size_t unanswered_ = 0;
  std::size_t waiting_ = 0;
  bool is_signalled_ = false;
  bool is_full_signalled_ = false;
  bool is_closed_ = false;
  bool is_terminated_ = false;
};

} // namespace apogee::client
