// What a send costs: alone, in a stream, and among many.
#include "tests/benchmarks/disk_floors.hpp"
#include "tests/benchmarks/load.hpp"
#include "tests/benchmarks/ping_pong.hpp"

#include <functional>
#include <vector>

namespace {

using namespace apogee;
using namespace apogee::benchmarks;

double ping_pong_us(run& out) {
  const auto times =
    measure_ping_pong(out.data_folder(), out.is_quick() ? 200 : 20'000, 1024);
  return static_cast<double>(times.percentile(50)) / 1e3;
}

/// One cluster, several rounds, the median round's costs as details.
void measure_rounds(run& out, figure result,
                    const std::function<load_result(cluster&)>& load,
                    const std::function<double(const load_result&)>& value) {
  const auto where = make_loaded_cluster(out.data_folder() + "/node");
  std::vector<load_result> all;
  for (int i = 0; i < out.rounds(); ++i)
    all.push_back(load(*where));
  add_rounds(result, all, value);
  result.details["peak RSS MiB"] =
    static_cast<double>(where->node().usage().resident_bytes_max >> 20);
  out.add(std::move(result));
}

double p50_us(const load_result& done) {
  return static_cast<double>(done.latency_ns.percentile(50)) / 1e3;
}

void measure_single(run& out, const std::string& name, ack_level ack,
                    bool from_callbacks) {
  figure result;
  result.name = name;
  result.unit = "us";
  if (ack == ack_level::memory) {
    result.target = 120;
    result.floor_name = "ping-pong of two processes through BASP, p50";
    result.floor = ping_pong_us(out);
  } else {
    result.floor_name = "1 KiB append and fdatasync, preallocated, p50";
    result.floor =
      flush_floor_us(out.data_folder(), 1024, out.is_quick() ? 100 : 4'000);
    result.target = 150 + result.floor;
  }
  result.direction = figure::wanted::at_most;
  const std::uint64_t count = out.is_quick()             ? 200
                              : ack == ack_level::memory ? 30'000
                                                         : 10'000;
  measure_rounds(
    out, std::move(result),
    [=](cluster& where) {
      return from_callbacks ? send_from_callbacks(where, ack, count)
                            : send_one_by_one(where, ack, count);
    },
    p50_us);
}

void measure_stream(run& out, const std::string& name, ack_level ack,
                    double target) {
  figure result;
  result.name = name;
  result.unit = "msgs/s";
  result.direction = figure::wanted::at_least;
  result.target = target;
  const std::uint64_t total = out.is_quick() ? 16u << 20 : 1u << 30;
  result.floor_name = ack == ack_level::disk
                        ? "as many bytes, flushed every MiB"
                        : "as many bytes into the page cache";
  result.floor =
    write_floor(out.data_folder(), total,
                ack == ack_level::disk ? std::uint64_t{1} << 20 : 0)
    / stored_bytes;
  const std::uint64_t count = out.is_quick() ? 5'000 : 1'000'000;
  measure_rounds(
    out, std::move(result),
    [=](cluster& where) { return send_pipelined(where, ack, count); },
    [](const load_result& done) { return done.per_second(); });
}

void measure_many(run& out, const std::string& name) {
  constexpr int producers = 64;
  figure result;
  result.name = name;
  result.unit = "msgs/s";
  result.direction = figure::wanted::at_least;
  result.target = 25'000;
  result.floor_name = "groups of 64 messages, each appended and flushed";
  result.floor = producers * 1e6
                 / flush_floor_us(out.data_folder(), producers * stored_bytes,
                                  out.is_quick() ? 50 : 1'000);
  const std::uint64_t count = out.is_quick() ? 20 : 3'000;
  measure_rounds(
    out, std::move(result),
    [=](cluster& where) {
      return send_side_by_side(where, ack_level::disk, producers, count);
    },
    [](const load_result& done) { return done.per_second(); });
}

} // namespace

int main(int argc, char** argv) {
  serve_ping_pong(argc, argv);
  run all{argc, argv};
  all.measure("1 in flight, memory ack, p50", [](auto& out, auto& name) {
    measure_single(out, name, ack_level::memory, false);
  });
  all.measure("1 in flight from callbacks, memory ack, p50",
              [](auto& out, auto& name) {
                measure_single(out, name, ack_level::memory, true);
              });
  all.measure("1 in flight, disk ack, p50", [](auto& out, auto& name) {
    measure_single(out, name, ack_level::disk, false);
  });
  all.measure("pipelined, memory ack", [](auto& out, auto& name) {
    measure_stream(out, name, ack_level::memory, 200'000);
  });
  all.measure("pipelined, disk ack", [](auto& out, auto& name) {
    measure_stream(out, name, ack_level::disk, 100'000);
  });
  all.measure("64 producers x 1 in flight, disk ack", measure_many);
  return all.finish();
}
