#include "nodes/cli/send_report.hpp"

#include <algorithm>

namespace apogee::cli {

void send_report::answered(std::uint64_t line,
                           const result<client::receipt>& outcome) {
  if (!outcome)
    return failed(line, outcome.error());
  acknowledged_.fetch_add(1, std::memory_order_relaxed);
  if (outcome->attempts > 1)
    retried_.fetch_add(1, std::memory_order_relaxed);
}

void send_report::failed(std::uint64_t line, const failure& why) {
  failures_.fetch_add(1, std::memory_order_relaxed);
  std::lock_guard lock{mutex_};
  if (first_failures_.size() < failures_max)
    first_failures_.push_back({line, to_string(why)});
}

std::string send_report::failures_text(const std::string& unit) const {
  std::lock_guard lock{mutex_};
  auto sorted = first_failures_;
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.line < b.line; });
  std::string out;
  for (const auto& each : sorted)
    out += unit + " " + std::to_string(each.line) + ": " + each.text + "\n";
  if (failures_ > sorted.size())
    out += "and " + std::to_string(failures_ - sorted.size()) + " more\n";
  return out;
}

} // namespace apogee::cli
