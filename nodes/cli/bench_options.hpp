#pragma once

#include "nodes/cli/bench_load.hpp"
#include "nodes/cli/bench_result.hpp"
#include "nodes/cli/rocketmq/rocketmq_bench.hpp"
#include "nodes/cli/session.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace apogee::cli {

/// What the options of 'apogee bench' say.
struct bench_options {
  target_options target;
  std::string topic; ///< empty: one that is created and deleted afterwards
  std::uint32_t queues = 8;
  load_options load; ///< rate and duration are below
  std::optional<double> rate;
  std::uint32_t seconds = 10;
  std::string ack = "memory";
  bool as_json = false;
  std::string protocol = "native";
  rocketmq_load rocketmq; ///< what it needs beyond the others
  std::uint32_t warm_up_seconds = 0;
};

inline constexpr std::uint64_t backlog_messages_default = 500'000;
inline constexpr double end_to_end_rate_default = 20'000;

std::string new_topic_name();

/// Fails when the benchmark had failures, once it is shown.
result<void> show(const bench_options& options, const bench_result& result);

using bench_function = result<void> (*)(const bench_options&);

// -- over the native protocol -------------------------------------------------
result<void> native_send(const bench_options& options);
result<void> native_consume(const bench_options& options);
result<void> native_end_to_end(const bench_options& options);

// -- over RocketMQ's ----------------------------------------------------------
result<void> rocketmq_send(const bench_options& options);
result<void> rocketmq_consume(const bench_options& options);
result<void> rocketmq_end_to_end(const bench_options& options);
result<void> rocketmq_create_topics(const bench_options& options);
result<void> rocketmq_idle(const bench_options& options);

} // namespace apogee::cli
