#pragma once

#include "messages/errors.hpp"
#include "nodes/cli/histogram.hpp"

#include <cstdint>
#include <string>

namespace apogee::cli {

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
};

std::string bench_text(const bench_result& result);
std::string bench_json(const bench_result& result);

} // namespace apogee::cli
