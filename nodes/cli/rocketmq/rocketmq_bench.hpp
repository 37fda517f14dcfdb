#pragma once

#include "nodes/cli/bench_result.hpp"
#include "nodes/cli/interruption.hpp"
#include "nodes/cli/rocketmq/sending_peer.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

/// Loads over RocketMQ's protocol, for any cluster that speaks it. All
/// connections run in the caller's thread, below the client libraries, so that
/// what is measured is the broker.
namespace apogee::cli {

struct rocketmq_load {
  std::string nameserver; ///< HOST:PORT of its RocketMQ port
  std::chrono::milliseconds timeout{5'000};
  std::string topic;
  bool is_own_topic = false; ///< create it first, delete it afterwards
  std::uint32_t topics = 1;  ///< over one they are TOPIC-0, TOPIC-1, …
  std::uint32_t queues = 8;
  sending_options sending;
  std::uint64_t messages = 0; ///< 0: for `duration`
  std::chrono::milliseconds duration{10'000};
  std::chrono::milliseconds warm_up{0}; ///< before `duration`
  std::uint32_t groups = 1;
  std::string filter; ///< empty, "tag", "sql": 1 of 100 messages matches
  std::vector<pid_t> broker_processes; ///< to be metered
};

/// How fast messages are acknowledged.
result<bench_result> measure_send(const rocketmq_load& load,
                                  const interruption& user);

/// How fast what the topics hold is read, from their beginning to the end they
/// have at the start.
result<bench_result> measure_drain(const rocketmq_load& load,
                                   const interruption& user);

/// As above; sends a backlog first.
result<bench_result> measure_consume(const rocketmq_load& load,
                                     const interruption& user);

/// Sends, and reads with each group; the latency is from the intended time of
/// a send to the message's arrival in any group. Nobody else may send to the
/// topics.
result<bench_result> measure_end_to_end(const rocketmq_load& load,
                                        const interruption& user);

/// Creates the topics, one after the other, and waits for their routes.
result<bench_result> measure_topic_creation(const rocketmq_load& load,
                                            const interruption& user);

/// Connections whose pulls find nothing, each with one of them.
result<bench_result> measure_idle(const rocketmq_load& load,
                                  const interruption& user);

} // namespace apogee::cli
