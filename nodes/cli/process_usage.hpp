#pragma once

#include "messages/errors.hpp"

#include <cstdint>
#include <sys/types.h>
#include <vector>

namespace apogee::cli {

/// What processes have used so far, and how much memory they hold.
struct process_usage {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;     ///< with the pages of mapped files
  std::uint64_t resident_bytes_max = 0; ///< the most there ever were
  std::uint64_t anonymous_bytes = 0;    ///< without the pages of mapped files
};

/// Their sum, from /proc. Fails with errc::not_found when one does not run.
result<process_usage> usage_of(const std::vector<pid_t>& processes);

} // namespace apogee::cli
