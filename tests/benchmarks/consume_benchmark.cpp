// What reading costs: a backlog, and each message as it comes.
#include "tests/benchmarks/disk_floors.hpp"
#include "tests/benchmarks/fixed_rate.hpp"
#include "tests/benchmarks/load.hpp"
#include "tests/benchmarks/ping_pong.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace apogee;
using namespace apogee::benchmarks;

/// Until the node's background work on what was written is done.
void settle(const run& out) {
  std::this_thread::sleep_for(
    std::chrono::milliseconds{out.is_quick() ? 200 : 3'000});
}

std::unique_ptr<cluster> make_backlog(const run& out) {
  auto where = make_loaded_cluster(out.data_folder() + "/node");
  send_pipelined(*where, ack_level::memory, out.is_quick() ? 5'000 : 2'000'000);
  settle(out);
  return where;
}

void measure_drain(run& out, const std::string& name, bool is_cold) {
  const auto where = make_backlog(out);
  figure result;
  result.name = name;
  result.unit = is_cold ? "MB/s" : "msgs/s";
  result.direction = figure::wanted::at_least;
  result.target = 400'000;
  std::vector<double> floors;
  std::vector<load_result> all;
  const auto bytes = static_cast<double>(used_bytes(where->folder()));
  for (int i = 0; i < out.rounds(); ++i) {
    if (is_cold)
      drop_caches(where->folder());
    floors.push_back(read_floor(where->folder()));
    if (is_cold)
      drop_caches(where->folder());
    all.push_back(drain(*where));
  }
  add_rounds(result, all, [=](const load_result& done) {
    return is_cold ? done.per_second() * stored_bytes / 1e6 : done.per_second();
  });
  result.details["log, MiB"] = bytes / (1 << 20);
  result.floor = median(floors) / (is_cold ? 1e6 : stored_bytes);
  result.floor_name = is_cold ? "reading the same files in order, cold"
                              : "reading the same files in order, warm";
  if (is_cold)
    result.target = 0.8 * result.floor;
  out.add(std::move(result));
}

void measure_end_to_end(run& out, const std::string& name,
                        unsigned listener_threads) {
  figure result;
  result.name = name;
  result.unit = "ms";
  result.direction = figure::wanted::at_most;
  result.target = 2;
  const auto times =
    measure_ping_pong(out.data_folder(), out.is_quick() ? 200 : 20'000, 1024);
  result.floor_name = "ping-pong of two processes through BASP, p99";
  result.floor = static_cast<double>(times.percentile(99)) / 1e6;
  const auto where = make_loaded_cluster(out.data_folder() + "/node");
  constexpr double per_second = 20'000;
  std::vector<load_result> all;
  for (int i = 0; i < out.rounds(); ++i)
    all.push_back(send_at_rate(*where, per_second, out.is_quick() ? 1.0 : 10.0,
                               listener_threads));
  add_rounds(result, all, [](const load_result& done) {
    return static_cast<double>(done.latency_ns.percentile(99)) / 1e6;
  });
  out.add(std::move(result));
}

} // namespace

int main(int argc, char** argv) {
  serve_ping_pong(argc, argv);
  run all{argc, argv};
  all.measure("drain a backlog, warm",
              [](auto& out, auto& name) { measure_drain(out, name, false); });
  all.measure("drain a backlog, cold",
              [](auto& out, auto& name) { measure_drain(out, name, true); });
  all.measure("end to end at 20,000 msgs/s, p99",
              [](auto& out, auto& name) { measure_end_to_end(out, name, 2); });
  all.measure("end to end at 20,000 msgs/s, listener in the I/O thread, p99",
              [](auto& out, auto& name) { measure_end_to_end(out, name, 0); });
  return all.finish();
}
