#pragma once

#include "actors/client/message.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What verifying producers and consumers write down, and what it has to agree
/// with.
namespace apogee::drills {

/// One message: the producer's number and its count.
struct message_name {
  std::uint32_t producer = 0;
  std::uint32_t sequence = 0;

  auto operator<=>(const message_name&) const = default;
};

/// A body from which the message is known again, of a size that varies.
std::string make_body(message_name name);

/// Nothing when the body is not exactly what make_body() makes.
std::optional<message_name> read_body(std::string_view body);

struct queue_place {
  std::string topic;
  std::uint32_t queue = 0;
  std::uint64_t offset = 0;

  auto operator<=>(const queue_place&) const = default;
};

/// What became of the messages, in the order of one clock that counts events.
/// Thread-safe.
class send_journal {
public:
  /// Before the message is handed to the producer.
  void begin(message_name name);

  /// When its send is answered.
  void end(message_name name, const result<client::receipt>& answer);

  /// When a consumer is given a message.
  void seen(const queue_place& place, std::string_view body);

  std::uint64_t acknowledged() const;
  std::uint64_t failed() const;
  std::uint64_t seen_count() const;

  /// Whether a consumer was given the message where its send was acknowledged.
  bool is_seen(message_name name) const;

  /// Failures by text, for people.
  std::map<std::string, std::uint64_t> failures() const;

  struct verdict {
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t unanswered = 0; ///< failed, most by a time-out
    std::uint64_t stored = 0;
    std::uint64_t seen = 0; ///< places, by the consumer
    std::uint64_t missing = 0;
    std::uint64_t phantoms = 0;
    std::uint64_t order_broken = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t duplicates_unexplained = 0;
    std::uint64_t skipped = 0;         ///< stored, not seen by the consumer
    std::vector<std::string> findings; ///< the first ones

    bool is_clean() const {
      return missing + phantoms + order_broken + duplicates_unexplained == 0;
    }
  };

  /// `stored`: everything that was read back, (place, body).
  verdict judge(const std::map<queue_place, std::string>& stored) const;

private:
  struct fate {
    std::uint64_t begun = 0;
    std::uint64_t ended = 0;
    std::optional<queue_place> place;
    std::uint32_t attempts = 0;
  };

  mutable std::mutex mutex_;
  std::uint64_t clock_ = 0;
  std::map<message_name, fate> fates_;
  std::map<queue_place, std::string> seen_;
  std::vector<std::string> seen_twice_different_;
  std::map<std::string, std::uint64_t> failures_;
  std::uint64_t acknowledged_ = 0;
};

std::string to_string(const send_journal::verdict& v);

} // namespace apogee::drills
