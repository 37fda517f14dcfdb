#pragma once

#include "actors/client/message.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace apogee::client {

/// Where a group starts that has no offset for a queue yet.
enum class start_from {
  latest,   ///< behind the newest message
  earliest, ///< at the oldest message
  time,     ///< at the first message stored at or after start_time_ms
};

/// Who gets a message.
enum class message_model {
  clustering,   ///< one member of the group: they share the queues
  broadcasting, ///< every member: each reads all queues and keeps its offsets
};

struct push_consumer_settings {
  /// Native addresses (HOST:PORT) of the nameservers, tried in turn.
  std::vector<std::string> nameservers = {};
  std::string group = {};
  /// Each topic once. All members of a group should read the same.
  std::vector<subscription> topics = {};
  start_from from = start_from::latest;
  std::int64_t start_time_ms = 0; ///< since 1970

  message_model model = message_model::clustering;
  /// A file in which a broadcasting member keeps its offsets; without one it
  /// starts at `from` each time. Queues that appear after it has begun with
  /// their topic are read from their first message.
  std::string offset_file = {};

  /// One message of a queue at a time, in order; a failed one is tried again
  /// before the next one. Otherwise the messages of a queue are handled by
  /// several threads at a time, and a failed one goes back to the broker.
  bool ordered = false;
  /// Threads that call the listener. With 0 it is called on the client's I/O
  /// thread: fastest, but it must not block, and cannot use what waits.
  unsigned listener_threads = 2;
  /// Most messages that a batch listener gets at once.
  std::size_t listener_batch_max = 32;
  /// How often a failed message comes again before it is put into the group's
  /// dead letters; below 0: as often as the broker says for the group, or
  /// always where order is kept. Not for broadcasting.
  std::int32_t max_reconsume_times = -1;
  /// When a message that went back comes again: a delay level of the broker, 0
  /// for the broker's choice (later each time), below 0 for dead letters.
  std::int32_t retry_delay_level = 0;
  /// Pause before failed messages that do not go back to the broker come again:
  /// in order, when broadcasting, or when the broker cannot take them.
  std::chrono::milliseconds retry_pause{1'000};
  /// Longest time until finished messages are reported to the broker.
  std::chrono::milliseconds commit_interval{1'000};
  /// How long a pull waits at the broker for messages.
  std::chrono::milliseconds pull_wait{15'000};
  std::uint32_t pull_messages_max = 1024;
  std::uint32_t pull_bytes_max = 1u << 20;
  /// Bytes of one broker that are pulled and not finished.
  std::size_t buffered_bytes_max = std::size_t{32} << 20;
  /// Messages of one queue from the first unfinished to the last pulled one.
  std::uint64_t unfinished_messages_max = 65'536;
  /// Unique in the group and kept over reconnects; made up when empty.
  std::string member_id = {};
  /// How long stop() waits for the brokers to take the last offsets.
  std::chrono::milliseconds stop_timeout{3'000};
};

/// What became of a message. An exception counts as `retry`.
enum class consume_result {
  success,
  retry, ///< it failed: it comes again, or becomes a dead letter
  later, ///< it was not tried: it comes again, here or to another member
};

/// Called with one message, which is valid during the call only.
using message_listener = std::function<consume_result(const received_message&)>;

/// Called with several messages of one queue, in order; the result counts for
/// all of them.
using batch_listener =
  std::function<consume_result(std::span<const received_message>)>;

struct environment;

/// A member of a consumer group: shares the queues of its topics with the other
/// members, calls the listener for their messages, and reports how far it has
/// come. A small handle: copies share one consumer, which ends with stop() or
/// with the last copy. All functions may be called from any thread outside
/// actors.
///
/// Every message is handled at least once; after a crash, a lost connection or
/// a queue that changed its member, messages since the last report come again.
/// A failed message goes back to its broker and comes again to some member of
/// the group, later each time, in the end as a dead letter (%DLQ%group): for
/// that the members read the group's retry topic (%RETRY%group) as well. Where
/// order is kept, or all members get all messages, the member itself tries it
/// again, and it keeps its queue's offset where it is.
/// What does not decode is tried three times, then skipped and counted.
class push_consumer {
public:
  push_consumer() = default;

  /// Waits until running listeners are done and failed messages are on the
  /// broker again, reports the last offsets and leaves the group. No listener
  /// runs after it returned, except the one that calls it. Safe to call twice,
  /// and while the broker dies.
  void stop();

  /// Queues of its topics that are assigned now, in no order. (Those of the
  /// group's retry topic are not shown.)
  std::vector<topic_queue> queues() const;

  /// One of the failures that are not over: no connection, a topic or group
  /// that is refused, …; empty when all is well.
  std::optional<failure> problem() const;

  /// Messages that were skipped because they are damaged.
  std::uint64_t skipped_messages() const;

  /// How often an offset was out of range (messages were deleted before they
  /// were read, or lost with their broker) and reading went on at the nearest
  /// end of the queue.
  std::uint64_t corrected_offsets() const;

  explicit operator bool() const { return impl_ != nullptr; }

private:
  class implementation;
  friend class push_consumer_starter;

  std::shared_ptr<implementation> impl_;
};

/// Starts a consumer; it connects in the background. `sys` needs CAF's
/// middleman (see system_config.hpp) and has to outlive it.
push_consumer spawn_push_consumer(caf::actor_system& sys,
                                  push_consumer_settings settings,
                                  message_listener listener);
push_consumer spawn_push_consumer(caf::actor_system& sys,
                                  push_consumer_settings settings,
                                  batch_listener listener);

/// As above, somewhere else than the middleman's thread: for tests.
push_consumer spawn_push_consumer(caf::actor_system& sys,
                                  push_consumer_settings settings,
                                  message_listener listener,
                                  const environment& where);
push_consumer spawn_push_consumer(caf::actor_system& sys,
                                  push_consumer_settings settings,
                                  batch_listener listener,
                                  const environment& where);

} // namespace apogee::client
