// How long a node that was killed under full load needs until it serves again,
// with logs of several sizes.
#include "tests/benchmarks/disk_floors.hpp"
#include "tests/benchmarks/load.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace apogee;
using namespace apogee::benchmarks;
using clock_type = std::chrono::steady_clock;

double seconds_since(clock_type::time_point start) {
  return std::chrono::duration<double>(clock_type::now() - start).count();
}

/// Sends as fast as it may until it is stopped; a thread.
class full_load {
public:
  explicit full_load(cluster& where)
    : producer_(where.make_producer(ack_level::memory)),
      thread_([this] { send(); }) {}

  ~full_load() { stop(); }

  std::uint64_t answered() const { return answered_; }

  /// What is under way is not waited for: the node may be dead.
  void stop() {
    is_stopped_ = true;
    producer_.stop();
    if (thread_.joinable())
      thread_.join();
  }

private:
  void send() {
    const auto message = make_load_message();
    while (!is_stopped_)
      producer_.send_async(message, [this](const auto& outcome) {
        if (outcome)
          ++answered_;
      });
  }

  std::atomic<std::uint64_t> answered_{0};
  std::atomic<bool> is_stopped_{false};
  client::producer producer_;
  std::thread thread_;
};

void fill(cluster& where, std::uint64_t bytes) {
  const auto messages = bytes / stored_bytes;
  constexpr std::uint64_t step = 200'000;
  for (std::uint64_t sent = 0; sent < messages; sent += step)
    send_pipelined(where, ack_level::memory, std::min(step, messages - sent));
}

void send_and_pull(cluster& where) {
  auto producer = where.make_producer(ack_level::memory);
  const auto sent = producer.send(make_load_message());
  if (!sent)
    throw std::runtime_error{"send: " + to_string(sent.error())};
  auto consumer = where.make_pull_consumer();
  const auto pulled = consumer.pull({sent->broker, load_topic, sent->queue},
                                    sent->offset, std::chrono::seconds{60});
  if (!pulled || pulled->messages.empty())
    throw std::runtime_error{"nothing was pulled"};
  producer.stop();
  consumer.stop();
}

void measure_recovery(run& out, const std::string& name, std::uint64_t bytes) {
  figure result;
  result.name = name;
  result.unit = "s";
  result.direction = figure::wanted::at_most;
  result.target = 2;
  const auto where = make_loaded_cluster(out.data_folder() + "/node");
  fill(*where, bytes);
  for (int i = 0; i < out.rounds(); ++i) {
    {
      full_load load{*where};
      std::this_thread::sleep_for(std::chrono::seconds{out.is_quick() ? 1 : 4});
      where->kill();
      result.details["messages/s before the kill"] =
        static_cast<double>(load.answered()) / (out.is_quick() ? 1 : 4);
    }
    const auto start = clock_type::now();
    result.details["of it to ready, s"] = where->start();
    send_and_pull(*where);
    result.rounds.push_back(seconds_since(start));
  }
  result.details["log, GiB"] =
    static_cast<double>(used_bytes(where->folder())) / (1u << 30);
  out.add(std::move(result));
}

} // namespace

int main(int argc, char** argv) {
  run all{argc, argv};
  for (const std::uint64_t gib : {2u, 10u, 20u}) {
    const auto bytes = all.is_quick() ? 4u << 20 : gib << 30;
    all.measure(
      "kill -9 under full load, log of " + std::to_string(gib)
        + " GiB, to send and pull",
      [=](auto& out, auto& name) { measure_recovery(out, name, bytes); });
    if (all.is_quick())
      break;
  }
  return all.finish();
}
