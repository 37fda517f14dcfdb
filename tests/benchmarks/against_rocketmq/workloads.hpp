#pragma once

#include "tests/benchmarks/against_rocketmq/comparison.hpp"

#include <string>
#include <vector>

namespace apogee::benchmarks {

/// One run of 'apogee bench' against a broker.
struct workload_step {
  std::string row; ///< of the comparison; empty: only prepares
  std::string description;
  std::vector<std::string> arguments; ///< beside those that all have
  /// It lasts as long as the user wants, after a warm-up.
  bool is_timed = true;
  /// The log is thrown out of the page cache first.
  bool is_cold = false;
  std::vector<goal> goals;
};

/// Steps that one broker does one after the other, on a fresh folder.
struct workload {
  std::string name;
  /// Sends are answered once they are flushed (RocketMQ: SYNC_FLUSH).
  bool is_flushed = false;
  /// Its row has the time to start and the memory of an idle broker; no steps.
  bool is_idle = false;
  std::vector<workload_step> steps;
};

/// All of them, with the goals they are judged by.
const std::vector<workload>& workloads();

/// The goals of an idle broker.
std::vector<goal> idle_goals();

} // namespace apogee::benchmarks
