#include "nodes/cli/quantity_text.hpp"

#include <array>
#include <cmath>
#include <fmt/format.h>

namespace apogee::cli {

std::string count_text(std::uint64_t count) {
  auto out = std::to_string(count);
  for (auto place = static_cast<int>(out.size()) - 3; place > 0; place -= 3)
    out.insert(static_cast<std::size_t>(place), ",");
  return out;
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes)
                   : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string duration_text(std::int64_t duration_ms) {
  if (duration_ms < 0)
    return "-" + duration_text(-duration_ms);
  if (duration_ms < 1000)
    return fmt::format("{}ms", duration_ms);
  const auto seconds = duration_ms / 1000;
  if (seconds < 60)
    return fmt::format("{}.{}s", seconds, duration_ms % 1000 / 100);
  const auto minutes = seconds / 60;
  if (minutes < 60)
    return fmt::format("{}m {:02}s", minutes, seconds % 60);
  const auto hours = minutes / 60;
  if (hours < 24)
    return fmt::format("{}h {:02}m", hours, minutes % 60);
  return fmt::format("{}d {:02}h", hours / 24, hours % 24);
}

std::string latency_text(std::uint64_t latency_ns) {
  const auto ns = static_cast<double>(latency_ns);
  if (latency_ns < 1'000)
    return fmt::format("{} ns", latency_ns);
  if (latency_ns < 1'000'000)
    return fmt::format("{:.1f} us", ns / 1e3);
  if (latency_ns < 1'000'000'000)
    return fmt::format("{:.2f} ms", ns / 1e6);
  return fmt::format("{:.2f} s", ns / 1e9);
}

std::string rate_text(double per_second) {
  if (per_second < 100)
    return fmt::format("{:.1f}", per_second);
  return count_text(static_cast<std::uint64_t>(std::llround(per_second)));
}

} // namespace apogee::cli
