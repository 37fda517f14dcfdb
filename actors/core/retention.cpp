#include "actors/core/retention.hpp"

namespace apogee::core {

log_position retained_from(const std::vector<segment_age>& segments,
                           const retention_rules& rules, log_position needed,
                           std::int64_t now_ms) {
  std::uint64_t total = 0;
  for (const auto& segment : segments)
    total += segment.size_bytes;
  std::size_t gone = 0;
  for (; gone + 1 < segments.size(); ++gone) {
    const auto& segment = segments[gone];
    const auto is_old =
      rules.age_ms > 0 && segment.newest_ms + rules.age_ms <= now_ms;
    const auto is_over = rules.size_bytes > 0 && total > rules.size_bytes;
    if (!is_old && !is_over)
      break;
    if (segment.first.value + segment.size_bytes > needed.value)
      break;
    total -= segment.size_bytes;
  }
  return segments.empty() ? needed : segments[gone].first;
}

} // namespace apogee::core
