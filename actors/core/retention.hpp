#pragma once

#include "messages/ids.hpp"

#include <cstdint>
#include <vector>

namespace apogee::core {

/// How long the log keeps what it holds; 0 is no limit.
struct retention_rules {
  std::int64_t age_ms = 0;
  std::uint64_t size_bytes = 0;
};

/// One file of the log, for the decision whether it goes.
struct segment_age {
  log_position first;
  std::uint64_t size_bytes = 0;
  std::int64_t newest_ms = 0; ///< last time something was written to it
};

/// First position to keep: files before it may go. The last file always stays,
/// and so does everything from `needed` on.
log_position retained_from(const std::vector<segment_age>& segments,
                           const retention_rules& rules, log_position needed,
                           std::int64_t now_ms);

} // namespace apogee::core
