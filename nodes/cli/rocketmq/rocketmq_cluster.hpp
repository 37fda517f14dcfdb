#pragma once

#include "messages/remoting/codes.hpp"
#include "nodes/cli/rocketmq/remoting_caller.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace apogee::cli {

/// A queue, and where its master is.
struct load_queue {
  std::string topic;
  std::string broker_name;
  std::string address; ///< HOST:PORT of the master
  std::int32_t number = 0;
};

/// What is asked of a RocketMQ cluster before and after a load: topics, routes,
/// offsets. Blocks. Failures tell which node they come from.
class rocketmq_cluster {
public:
  rocketmq_cluster(std::string nameserver, std::chrono::milliseconds timeout)
    : nameserver_(std::move(nameserver)), timeout_(timeout) {}

  /// Addresses of all masters.
  result<std::vector<std::string>> masters();

  result<void> create_topic(const std::string& master, const std::string& topic,
                            std::uint32_t queues);

  /// On all masters and at the nameserver.
  result<void> delete_topic(const std::string& topic);

  /// The queues that can be written. Asks again for `wait_max` as long as there
  /// is no route: one that was created just now takes a moment to get around.
  /// Fails with errc::no_route.
  result<std::vector<load_queue>>
  find_queues(const std::string& topic, std::chrono::milliseconds wait_max);

  /// Waits until the broker lets a topic be read that was created just now.
  /// Fails with errc::timeout.
  result<void> await_readable(const load_queue& queue,
                              std::chrono::milliseconds wait_max);

  /// `which`: get_min_offset or get_max_offset.
  result<std::int64_t> offset(const load_queue& queue,
                              remoting::request_code which);

private:
  result<remoting_answer> ask(const std::string& address,
                              remoting::request_code code,
                              const remoting_caller::fields& with);

  std::string nameserver_;
  std::chrono::milliseconds timeout_;
  std::map<std::string, remoting_caller> callers_; ///< by address
};

} // namespace apogee::cli
