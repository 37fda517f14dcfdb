#pragma once

#include "actors/client/message.hpp"
#include "messages/client.capnp.h"
#include "messages/envelope.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace apogee::client {

class delivery_events;

/// The time during which a consumer holds one queue. Shared by the session that
/// pulls and the listener threads.
struct queue_lease {
  std::uint64_t number = 0; ///< unique in its session
  std::string broker;
  topic_queue queue;
  bool is_retry = false; ///< of the group's retry topic
  std::shared_ptr<delivery_events> events;
  /// The queue was taken away: what is not begun is not begun any more.
  std::atomic<bool> is_revoked{false};
  /// Deliveries on their way through the listener threads, or back to the
  /// broker: counted up by who adds one, down by the session that sees its last
  /// event.
  std::atomic<std::size_t> open_deliveries{0};
};

/// Messages of one queue on their way to the listener: the offsets of
/// [begin, end), whose records point into `reply`.
struct delivery {
  std::shared_ptr<queue_lease> lease;
  envelope<schema::PullReply> reply;
  std::span<const std::byte> records;
  queue_offset begin;
  queue_offset end;
  std::uint32_t count = 0;
  /// How often the listener failed the first of its messages, as pulled here.
  std::int32_t failures = 0;
};

/// What became of (a part of) a delivery.
struct delivery_event {
  enum class kind {
    finished,  ///< [begin, end) is handled
    failed,    ///< the listener failed the first `failed_count` of `rest`
    postponed, ///< `rest` is to be delivered again
    damaged, ///< the record at `begin` does not decode; what is behind is lost
  };

  kind what = kind::finished;
  std::shared_ptr<queue_lease> lease;
  queue_offset begin;
  queue_offset end;
  std::size_t bytes = 0; ///< that are not buffered any more
  bool is_last = false;  ///< of its delivery
  delivery rest;
  std::uint32_t failed_count = 0;
  failure why;
};

/// The way back from the listener threads to a session: events collect, and the
/// session is woken only while it waits for one.
class delivery_events {
public:
  /// `wake` is called on listener threads.
  explicit delivery_events(std::function<void()> wake)
    : wake_(std::move(wake)) {}

  void push(delivery_event event) {
    bool wake = false;
    {
      std::lock_guard guard{mutex_};
      if (is_closed_)
        return;
      wake = std::exchange(is_awaited_, false)
             || event.what != delivery_event::kind::finished;
      events_.push_back(std::move(event));
    }
    if (wake)
      wake_();
  }

  std::vector<delivery_event> take() {
    std::lock_guard guard{mutex_};
    return std::exchange(events_, {});
  }

  /// The session has ended: drops what is there and what comes. (Events keep
  /// their leases, and these the events.)
  void close() {
    std::vector<delivery_event> dropped; // destroyed without the lock
    std::lock_guard guard{mutex_};
    is_closed_ = true;
    dropped.swap(events_);
  }

  /// Has the next event wake the session; false when there is one already.
  bool await() {
    std::lock_guard guard{mutex_};
    is_awaited_ = events_.empty();
    return is_awaited_;
  }

private:
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<delivery_event> events_;
  bool is_awaited_ = false;
  bool is_closed_ = false;
};

} // namespace apogee::client
