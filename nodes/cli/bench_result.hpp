#pragma once

#include "messages/errors.hpp"
#include "nodes/cli/histogram.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace apogee::cli {

/// What the broker's processes have used meanwhile.
struct broker_cost {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes_before = 0; ///< of any connection
  std::uint64_t resident_bytes = 0;        ///< at the end
  std::uint64_t resident_bytes_max = 0;    ///< since they were started
  std::uint64_t anonymous_bytes = 0;       ///< at the end, without mapped files
};

/// What a benchmark has measured.
struct bench_result {
  std::string name;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0; ///< of bodies
  std::uint64_t failures = 0;
  std::uint64_t retried = 0;
  double seconds = 0;
  /// What was asked for, in messages per second; 0: as fast as it goes.
  double rate_wanted = 0;
  /// Nanoseconds; of a fixed rate, from the intended time of each send.
  histogram latency;
  failure first_failure;
  /// Of this program; 0: not measured.
  double client_cpu_seconds = 0;
  std::optional<broker_cost> broker;
  /// What else was counted, by name.
  std::vector<std::pair<std::string, double>> details;
};

std::string bench_text(const bench_result& result);
std::string bench_json(const bench_result& result);

} // namespace apogee::cli
