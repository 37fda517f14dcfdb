#include "config/settings.hpp"
#include "nodes/cli/bench_options.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/rocketmq/rocketmq_bench.hpp"

namespace apogee::cli {

namespace {

rocketmq_load rocketmq_load_of(const bench_options& options) {
  auto out = options.rocketmq;
  out.nameserver =
    options.target.nameservers.empty()
      ? "127.0.0.1:" + std::to_string(config::nameserver_settings{}.port)
      : options.target.nameservers.front();
  out.timeout = options.target.timeout;
  out.is_own_topic = options.topic.empty();
  out.topic = out.is_own_topic ? new_topic_name() : options.topic;
  out.queues = options.queues;
  out.messages = options.load.messages;
  out.duration = std::chrono::seconds{options.seconds};
  out.warm_up = std::chrono::seconds{options.warm_up_seconds};
  out.sending.connections = options.load.producers;
  out.sending.in_flight_max = options.load.in_flight_max;
  out.sending.body_bytes = options.load.body_bytes;
  out.sending.rate = options.rate.value_or(0);
  out.sending.has_filter_values = !out.filter.empty();
  return out;
}

using rocketmq_function = result<bench_result> (*)(const rocketmq_load&,
                                                   const interruption&);

result<void> run_rocketmq(const bench_options& options,
                          const rocketmq_load& load, rocketmq_function run) {
  const interruption user;
  const auto measured = run(load, user);
  return measured ? show(options, *measured) : measured.error();
}

} // namespace

result<void> rocketmq_send(const bench_options& options) {
  return run_rocketmq(options, rocketmq_load_of(options), measure_send);
}

result<void> rocketmq_consume(const bench_options& options) {
  auto load = rocketmq_load_of(options);
  if (load.messages == 0)
    load.messages = backlog_messages_default;
  return run_rocketmq(options, load,
                      load.is_own_topic ? measure_consume : measure_drain);
}

result<void> rocketmq_end_to_end(const bench_options& options) {
  auto load = rocketmq_load_of(options);
  load.sending.rate = options.rate.value_or(end_to_end_rate_default);
  return run_rocketmq(options, load, measure_end_to_end);
}

result<void> rocketmq_create_topics(const bench_options& options) {
  return run_rocketmq(options, rocketmq_load_of(options),
                      measure_topic_creation);
}

result<void> rocketmq_idle(const bench_options& options) {
  return run_rocketmq(options, rocketmq_load_of(options), measure_idle);
}

} // namespace apogee::cli
