#pragma once

#include "messages/errors.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// The brokers of one name: a master (id 0) and its replicas.
struct broker_route {
  std::string broker_name;
  std::string cluster;
  std::map<std::int64_t, std::string> addresses; ///< by id, "host:port"
  std::optional<bool> acting_master;             ///< 5.x
};

/// What one broker name holds of a topic.
struct queue_route {
  std::string broker_name;
  std::int32_t read_queues = 0;
  std::int32_t write_queues = 0;
  std::int32_t permission = 6;
  std::int32_t system_flag = 0;
};

struct topic_route {
  std::vector<broker_route> brokers;
  std::vector<queue_route> queues;
  std::optional<std::string> order_config; ///< "broker-a:4;broker-b:4"
};

/// Answer of 105.
std::string write_topic_route(const topic_route& x);
result<topic_route> parse_topic_route(std::string_view body);

/// Answer of 106.
std::string write_cluster_info(const std::vector<broker_route>& brokers);

/// The brokers of such an answer, by name.
result<std::vector<broker_route>> parse_cluster_info(std::string_view body);

/// Answer of 901.
std::string write_broker_member_group(const broker_route& broker);

} // namespace apogee::remoting
