#pragma once

#include "messages/remoting_bodies/message_queue.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// Numbers about queues, groups and the broker, for tools. Times are
/// milliseconds since 1970.
namespace apogee::remoting {

struct queue_bounds {
  std::int64_t min_offset = 0;
  std::int64_t max_offset = 0; ///< of the next message
  std::int64_t last_update_ms = 0;
};

struct topic_stats {
  std::map<message_queue, queue_bounds> queues;
  double puts_per_second = 0;
};

/// Answer of 202.
std::string write_topic_stats(const topic_stats& x);

struct consume_progress {
  std::int64_t broker_offset = 0;
  std::int64_t consumer_offset = 0; ///< committed
  std::int64_t pull_offset = 0;
  std::int64_t last_ms = 0; ///< store time of the last consumed message
};

struct consume_stats {
  std::map<message_queue, consume_progress> queues;
  double consumed_per_second = 0;
};

/// Answer of 208.
std::string write_consume_stats(const consume_stats& x);

struct broker_consume_stats {
  std::string broker_address;
  /// By group, one for each of its topics.
  std::map<std::string, std::vector<consume_stats>> groups;
  std::int64_t behind_total = 0;
  std::int64_t in_flight_total = 0;
};

/// Answer of 317.
std::string write_broker_consume_stats(const broker_consume_stats& x);

/// Of one span of time.
struct stats_sample {
  std::int64_t sum = 0;
  double per_second = 0;
  double average = 0; ///< per event
};

struct broker_stats {
  stats_sample minute;
  stats_sample hour;
  stats_sample day;
};

/// Answer of 315.
std::string write_broker_stats(const broker_stats& x);

struct consume_time_span {
  message_queue queue;
  std::int64_t min_ms = 0;     ///< store time of the first message
  std::int64_t max_ms = 0;     ///< store time of the last message
  std::int64_t consume_ms = 0; ///< store time of the last consumed message
  std::int64_t delay_ms = 0;
};

/// Answer of 303.
std::string
write_consume_time_spans(const std::vector<consume_time_span>& spans);

} // namespace apogee::remoting
