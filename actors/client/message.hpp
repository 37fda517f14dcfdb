#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "messages/record.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What user code sends and receives.
namespace apogee::client {

/// A message to be sent.
struct message {
  std::string topic = {};
  std::string tag = {};
  std::vector<std::string> keys = {};
  std::vector<std::pair<std::string, std::string>> properties = {};
  std::string body = {};
  /// Messages of one topic with the same non-empty shard key go to the same
  /// queue, one request after the other, and so keep their order.
  std::string shard_key = {};
};

/// Where a message is stored.
struct receipt {
  std::string broker;
  std::string topic;
  std::uint32_t queue = 0;
  queue_offset offset;
  /// Of the message's record in the broker's log. Computed from the first
  /// record of its batch: where a segment of the log ended inside the batch,
  /// the true position is a little behind.
  log_position position;
  std::int64_t store_time_ms = 0; ///< since 1970, the broker's clock
  /// How often it was sent. With more than one, an earlier attempt may have
  /// been stored as well: the message may be there twice.
  std::uint32_t attempts = 1;
};

/// Called with the answer to a send, exactly once.
using send_callback = std::function<void(const result<receipt>&)>;

/// One queue of a topic at one broker.
struct topic_queue {
  std::string broker;
  std::string topic;
  std::uint32_t number = 0;

  auto operator<=>(const topic_queue&) const = default;
};

/// Which messages of a topic are wanted; the broker leaves out the others.
struct message_filter {
  enum class kind : std::uint8_t {
    tags, ///< those with one of the tags: "A || B"; "*" or nothing: all
    sql,  ///< those for which an SQL92 expression over properties holds
  };

  std::string expression = "*";
  kind type = kind::tags;
};

/// What a consumer reads.
struct subscription {
  std::string topic;
  message_filter filter = {};

  /// All messages of a topic.
  subscription(std::string name) : topic(std::move(name)) {}

  subscription(const char* name) : topic(name) {}

  subscription(std::string name, std::string tags)
    : topic(std::move(name)), filter{std::move(tags)} {}

  subscription(std::string name, message_filter wanted)
    : topic(std::move(name)), filter(std::move(wanted)) {}
};

/// A message as it was stored. The views point into the batch it came with:
/// they are valid during the listener's call, or as long as its pulled_batch.
struct received_message {
  std::string_view broker;
  std::string_view topic; ///< that it was sent to
  /// Where it lies: the topic, or the retry topic of a group whose member gave
  /// the message back. The queue and the offset are this topic's.
  std::string_view stored_topic;
  std::uint32_t queue = 0;
  queue_offset offset;
  log_position position;
  std::int64_t born_time_ms = 0;  ///< since 1970, the producer's clock
  std::int64_t store_time_ms = 0; ///< since 1970, the broker's clock
  /// How often the group failed to consume it.
  std::int32_t reconsume_times = 0;
  std::string_view tag;
  std::vector<std::string_view> keys;
  std::vector<std::pair<std::string_view, std::string_view>> properties;
  std::string_view body;
};

/// Messages of one queue, in order. Copies share them.
struct pulled_batch {
  std::vector<received_message> messages;
  queue_offset next_offset;           ///< where to pull next
  queue_offset min_offset;            ///< oldest message that is still there
  queue_offset max_offset;            ///< behind the newest visible message
  std::shared_ptr<const void> buffer; ///< what the views point into
};

/// Ends of a queue.
struct queue_ends {
  queue_offset min_offset;
  queue_offset max_offset; ///< behind the newest visible message
  queue_offset at_time;    ///< first one stored at or after the time asked for
};

} // namespace apogee::client
