#pragma once

#include "nodes/cli/histogram.hpp"
#include "tests/benchmarks/cluster.hpp"
#include "tests/benchmarks/report.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// What producers and consumers do while they are measured.
namespace apogee::benchmarks {

inline constexpr std::size_t body_bytes = 1024;

/// Bytes of the log that a message with such a body takes: the record's
/// header, and the encoded message around the body.
inline constexpr std::size_t stored_bytes = body_bytes + 128;

client::message make_load_message();

/// What a load cost.
struct load_result {
  std::uint64_t messages = 0;
  double seconds = 0;
  double node_cpu_seconds = 0;
  double client_cpu_seconds = 0;
  cli::histogram latency_ns;

  double per_second() const { return static_cast<double>(messages) / seconds; }

  /// Adds CPU seconds per million messages and latencies to the details.
  void describe(figure& out) const;
};

/// Puts the value of each round into `out`, and the costs of the median one.
void add_rounds(figure& out, const std::vector<load_result>& rounds,
                const std::function<double(const load_result&)>& value);

/// Time and CPU between its construction and end().
class stopwatch {
public:
  explicit stopwatch(cluster& where);

  void end(load_result& into) const;

private:
  cluster& where_;
  std::chrono::steady_clock::time_point start_;
  double node_cpu_;
  double client_cpu_;
};

/// One producer that sends and waits, over and over.
load_result send_one_by_one(cluster& where, ack_level ack, std::uint64_t count);

/// As above without a thread that waits: each answer's callback sends the next.
load_result send_from_callbacks(cluster& where, ack_level ack,
                                std::uint64_t count);

/// `producers` of them at the same time, each from its callbacks.
load_result send_side_by_side(cluster& where, ack_level ack, int producers,
                              std::uint64_t count_each);

/// One producer that sends as fast as it may.
load_result send_pipelined(cluster& where, ack_level ack, std::uint64_t count);

/// Reads all that is in the load topic, from its beginning.
load_result drain(cluster& where);

} // namespace apogee::benchmarks
