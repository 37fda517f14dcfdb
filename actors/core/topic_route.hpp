#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace apogee::core {

/// What one broker serves of a topic.
struct broker_route {
  std::string broker;  ///< name of the broker group
  std::string address; ///< native address, HOST:PORT
  std::uint32_t write_queues = 0;
  std::uint32_t read_queues = 0;
  std::uint8_t permission = 6; ///< 4 read + 2 write

  bool is_readable() const { return (permission & 4) != 0; }

  bool is_writable() const { return (permission & 2) != 0; }

  bool operator==(const broker_route&) const = default;
};

/// One queue of a topic, on one of its brokers.
struct queue_choice {
  std::string address;
  std::string broker;
  std::uint32_t queue = 0;
};

/// The brokers of one topic, and which of their queues is written to next.
class topic_route {
public:
  topic_route() = default;

  /// Brokers that hold no queue or may not be written to are kept out of the
  /// choices.
  explicit topic_route(std::vector<broker_route> routes);

  /// True when there is no queue to write to.
  bool is_empty() const { return queues_ == 0; }

  const std::vector<broker_route>& routes() const { return routes_; }

  /// The next queue in turn at a broker for which `is_usable(address)` holds.
  std::optional<queue_choice>
  next(const std::function<bool(const std::string&)>& is_usable);

  /// A number for the queue that belongs to a key's hash, whether its broker is
  /// usable or not: the same one as long as the routes stay as they are.
  /// REQUIRES: !is_empty().
  std::uint64_t slot_of(std::uint64_t hash) const { return hash % queues_; }

  /// The queue with a number that slot_of() gave.
  queue_choice of_slot(std::uint64_t slot) const;

  /// Takes over where `other` stood, so that new routes do not start again at
  /// the first queue.
  void continue_from(const topic_route& other);

private:
  std::vector<broker_route> routes_; // by broker name
  std::vector<std::size_t> writable_;
  std::vector<std::uint32_t> next_queue_; // per entry of writable_
  std::size_t next_broker_ = 0;
  std::uint64_t queues_ = 0;
};

} // namespace apogee::core
