#include "nodes/cli/rocketmq/rocketmq_bench.hpp"

#include "nodes/cli/rocketmq/load_run.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace apogee::cli {

using remoting::request_code;

namespace {

using namespace std::chrono_literals;

/// Messages of a one-way send are stored when the queues have stopped growing
/// for so long.
constexpr auto settled_after = 1s;
constexpr auto settled_max = 60s;

reading_options reading_of(const rocketmq_load& load) {
  reading_options out;
  if (load.filter == "tag")
    out.expression = filter_tag;
  else if (load.filter == "sql") {
    out.expression = filter_sql;
    out.expression_type = "SQL92";
  }
  return out;
}

void set_sent(bench_result& out, const rocketmq_load& load,
              const load_counts& counts) {
  out.messages = counts.sent;
  out.bytes = counts.sent * load.sending.body_bytes;
}

result<void> add_stored(bench_result& out, load_run& run,
                        std::uint64_t before) {
  const auto start = bench_clock::now();
  auto stored = run.stored();
  for (bool grows = true;
       stored && grows && bench_clock::now() - start < settled_max;) {
    std::this_thread::sleep_for(settled_after);
    const auto next = run.stored();
    grows = next && *next > *stored;
    stored = next;
  }
  if (!stored)
    return stored.error();
  out.details.emplace_back("sent", run.counts().sent_total);
  out.details.emplace_back("stored", *stored - before);
  return {};
}

} // namespace

result<bench_result> measure_send(const rocketmq_load& load,
                                  const interruption& user) {
  load_run run{load, user};
  if (auto prepared = run.prepare(); !prepared)
    return prepared.error();
  result<std::uint64_t> before = 0;
  if (load.sending.is_oneway)
    before = run.stored();
  if (!before)
    return before.error();
  if (auto added = run.add_senders(); !added)
    return added.error();
  auto out = run.run("send", load.messages == 0);
  if (!out)
    return out;
  set_sent(*out, load, run.counts());
  out->latency = run.counts().acknowledged;
  if (load.sending.is_oneway)
    if (auto added = add_stored(*out, run, *before); !added)
      return added.error();
  return out;
}

static result<bench_result> drain(load_run& run, const rocketmq_load& load) {
  auto cursors = run.cursors(request_code::get_min_offset, false);
  if (!cursors)
    return cursors.error();
  if (auto added = run.add_readers(std::move(*cursors), reading_of(load),
                                   load.sending.connections);
      !added)
    return added.error();
  auto out = run.run("consume", false);
  if (!out)
    return out;
  const auto& counts = run.counts();
  out->rate_wanted = 0;
  out->messages = counts.scanned;
  out->bytes = counts.received_bytes;
  if (!load.filter.empty())
    out->details.emplace_back("received", counts.received);
  return out;
}

result<bench_result> measure_drain(const rocketmq_load& load,
                                   const interruption& user) {
  load_run run{load, user};
  if (auto prepared = run.prepare(); !prepared)
    return prepared.error();
  return drain(run, load);
}

result<bench_result> measure_consume(const rocketmq_load& load,
                                     const interruption& user) {
  load_run sending{load, user}; // has the topics until the end
  if (auto prepared = sending.prepare(); !prepared)
    return prepared.error();
  if (auto added = sending.add_senders(); !added)
    return added.error();
  const auto sent = sending.run("send", false);
  if (!sent)
    return sent;
  auto same = load;
  same.is_own_topic = false;
  auto out = measure_drain(same, user);
  if (out && sent->failures > 0) {
    out->failures += sent->failures;
    out->first_failure = sent->first_failure;
  }
  return out;
}

result<bench_result> measure_end_to_end(const rocketmq_load& load,
                                        const interruption& user) {
  load_run run{load, user};
  if (auto prepared = run.prepare(); !prepared)
    return prepared.error();
  run.counts().groups = load.groups;
  for (std::uint32_t i = 0; i < load.groups; ++i) {
    auto cursors = run.cursors(request_code::get_max_offset, true);
    if (!cursors)
      return cursors.error();
    auto reading = reading_of(load);
    reading.group += "-" + std::to_string(i);
    if (auto added = run.add_readers(std::move(*cursors), reading, 1); !added)
      return added.error();
  }
  if (auto added = run.add_senders(); !added)
    return added.error();
  auto out = run.run("end to end", load.messages == 0);
  if (!out)
    return out;
  const auto& counts = run.counts();
  set_sent(*out, load, counts);
  out->latency = counts.arrived;
  const auto wanted = counts.sent_total * load.groups;
  if (wanted > counts.received_total) {
    const auto missing = wanted - counts.received_total;
    out->failures += missing;
    if (out->first_failure.code == errc::none)
      out->first_failure = {errc::timeout,
                            std::to_string(missing) + " did not come back"};
  }
  out->details.emplace_back("received", counts.received);
  out->details.emplace_back("ack p50 ns", counts.acknowledged.percentile(50));
  out->details.emplace_back("ack p99 ns", counts.acknowledged.percentile(99));
  return out;
}

result<bench_result> measure_topic_creation(const rocketmq_load& load,
                                            const interruption& user) {
  load_run run{load, user};
  const auto before = usage_of(load.broker_processes);
  if (!before)
    return before.error();
  bench_result out;
  out.name = "create topics";
  const auto start = bench_clock::now();
  const auto since_start = [&] {
    return std::chrono::duration<double>{bench_clock::now() - start}.count();
  };
  if (auto created = run.create_topics(out.latency); !created)
    return created.error();
  out.messages = out.latency.count();
  out.seconds = since_start();
  const auto after = usage_of(load.broker_processes);
  if (!after)
    return after.error();
  if (!load.broker_processes.empty())
    out.broker = cost_between(*before, *before, *after);
  for (const auto& topic : run.topics())
    if (auto found = run.cluster().find_queues(topic, settled_max); !found)
      return found.error();
  out.details.emplace_back("seconds until all have routes", since_start());
  return out;
}

result<bench_result> measure_idle(const rocketmq_load& load,
                                  const interruption& user) {
  load_run run{load, user};
  if (auto prepared = run.prepare(); !prepared)
    return prepared.error();
  const auto cursors = run.cursors(request_code::get_max_offset, true);
  if (!cursors)
    return cursors.error();
  const auto connections = load.sending.connections;
  for (std::size_t i = 0; i < connections; ++i)
    if (auto added = run.add_readers({(*cursors)[i % cursors->size()]}, {}, 1);
        !added)
      return added.error();
  auto out = run.run("idle", true);
  if (!out)
    return out;
  out->messages = run.counts().received;
  out->details.emplace_back("connections", connections);
  if (out->broker)
    out->details.emplace_back(
      "broker bytes per connection",
      (static_cast<double>(out->broker->resident_bytes)
       - static_cast<double>(out->broker->resident_bytes_before))
        / static_cast<double>(connections));
  return out;
}

} // namespace apogee::cli
