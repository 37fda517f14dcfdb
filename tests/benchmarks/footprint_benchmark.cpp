// What a node costs that does nothing: memory, CPU, and the time to start.
#include "tests/benchmarks/disk_floors.hpp"
#include "tests/benchmarks/load.hpp"
#include "tests/benchmarks/long_polls.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace apogee;
using namespace apogee::benchmarks;
using clock_type = std::chrono::steady_clock;

/// As RocketMQ's Java client pulls.
constexpr std::chrono::seconds polled_for{15};

double seconds_since(clock_type::time_point start) {
  return std::chrono::duration<double>(clock_type::now() - start).count();
}

double mib(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

figure make_figure(std::string name, std::string unit, double at_most) {
  figure out;
  out.name = std::move(name);
  out.unit = std::move(unit);
  out.direction = figure::wanted::at_most;
  out.target = at_most;
  return out;
}

/// One acknowledged message to `topic`.
void send_first(cluster& where, const std::string& topic) {
  auto producer = where.make_producer(ack_level::memory);
  auto message = make_load_message();
  message.topic = topic;
  if (const auto sent = producer.send(message); !sent)
    throw std::runtime_error{to_string(sent.error())};
  producer.stop();
}

void measure_idle(run& out, const std::string& name) {
  const auto where = make_loaded_cluster(out.data_folder() + "/node");
  send_one_by_one(*where, ack_level::memory, out.is_quick() ? 10 : 1'000);
  const std::chrono::seconds idle{out.is_quick() ? 2 : 60};
  std::this_thread::sleep_for(idle / 10); // what the sends left is written
  const auto used = where->node().usage().cpu_seconds;
  std::this_thread::sleep_for(idle);
  auto memory = make_figure(name + ", RSS", "MiB", 30);
  memory.rounds = {mib(where->node().usage().resident_bytes)};
  out.add(std::move(memory));
  auto cpu = make_figure(name + ", share of a core", "%", 1);
  cpu.rounds = {(where->node().usage().cpu_seconds - used) * 100
                / static_cast<double>(idle.count())};
  out.add(std::move(cpu));
}

void measure_start(run& out, const std::string& name) {
  auto first = make_figure(name + ", new folder, to ready", "ms", 200);
  auto again = make_figure(name + ", first acknowledged send", "ms", 200);
  double ready = 0;
  for (int i = 0; i < (out.is_quick() ? 1 : 5); ++i) {
    cluster where{out.data_folder() + "/node"};
    first.rounds.push_back(where.start() * 1e3);
    where.create_topics({load_topic}, load_queues);
    where.stop();
    const auto start = clock_type::now();
    ready = where.start() * 1e3;
    send_first(where, load_topic);
    again.rounds.push_back(seconds_since(start) * 1e3);
  }
  again.details["of it to ready, ms"] = ready;
  out.add(std::move(first));
  out.add(std::move(again));
}

void measure_topics(run& out, const std::string& name) {
  std::vector<std::string> names;
  for (int i = 0; i < (out.is_quick() ? 100 : 10'000); ++i)
    names.push_back("topic-" + std::to_string(i));
  cluster where{out.data_folder() + "/node"};
  where.start();
  const auto start = clock_type::now();
  where.create_topics(names, load_queues);
  const auto creation_seconds = seconds_since(start);
  const auto settle = std::chrono::seconds{out.is_quick() ? 1 : 10};
  std::this_thread::sleep_for(settle);
  auto memory = make_figure(name + ", RSS", "MiB", 200);
  memory.rounds = {mib(where.node().usage().resident_bytes)};
  memory.details["created per second"] =
    static_cast<double>(names.size()) / creation_seconds;
  auto restart = make_figure(name + ", kill -9 to first send", "s", 3);
  for (int i = 0; i < out.rounds(); ++i) {
    where.kill();
    const auto again = clock_type::now();
    restart.details["of it to ready, s"] = where.start();
    send_first(where, names.back());
    restart.rounds.push_back(seconds_since(again));
  }
  std::this_thread::sleep_for(settle);
  memory.details["after the restart, MiB"] =
    mib(where.node().usage().resident_bytes);
  const auto used = where.node().usage().cpu_seconds;
  std::this_thread::sleep_for(settle);
  memory.details["idle share of a core, %"] =
    (where.node().usage().cpu_seconds - used) * 100
    / static_cast<double>(settle.count());
  out.add(std::move(memory));
  out.add(std::move(restart));
}

void measure_long_polls(run& out, const std::string& name) {
  const auto where = make_loaded_cluster(out.data_folder() + "/node");
  const std::size_t count = out.is_quick() ? 200 : 5'000;
  const std::chrono::seconds settle{1};
  const std::chrono::seconds idle{out.is_quick() ? 2 : 60};
  // One goes first, so that the queue is in use before.
  long_polls first{where->broker_port(), 1, polled_for};
  first.run(settle);
  const auto before = where->node().usage().resident_bytes;
  long_polls all{where->broker_port(), count, polled_for};
  all.run(settle);
  auto memory = make_figure(name + ", RSS of each", "KiB", 30);
  const auto more = where->node().usage().resident_bytes - before;
  memory.rounds = {static_cast<double>(more) / static_cast<double>(count)
                   / 1024};
  const auto used = where->node().usage().cpu_seconds;
  const auto answers = all.run(idle);
  auto cpu = make_figure(name + ", share of a core", "%", 3);
  cpu.rounds = {(where->node().usage().cpu_seconds - used) * 100
                / static_cast<double>(idle.count())};
  cpu.details["answers per second"] =
    static_cast<double>(answers) / static_cast<double>(idle.count());
  memory.details["after that, KiB"] =
    static_cast<double>(where->node().usage().resident_bytes - before)
    / static_cast<double>(count) / 1024;
  out.add(std::move(memory));
  out.add(std::move(cpu));
}

} // namespace

int main(int argc, char** argv) {
  run all{argc, argv};
  all.measure("standalone, start", measure_start);
  all.measure("standalone, idle 60 s", measure_idle);
  all.measure("5,000 connections that long poll", measure_long_polls);
  all.measure("10,000 topics x 8 queues", measure_topics);
  return all.finish();
}
