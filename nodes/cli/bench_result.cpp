#include "nodes/cli/bench_result.hpp"

#include "nodes/cli/quantity_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace apogee::cli {

namespace {

constexpr std::array<std::pair<const char*, double>, 4> percentiles = {
  {{"p50", 50.0}, {"p99", 99.0}, {"p99.9", 99.9}, {"max", 100.0}}};

double per_second(std::uint64_t amount, double seconds) {
  return static_cast<double>(amount) / std::max(seconds, 1e-9);
}

} // namespace

std::string bench_text(const bench_result& result) {
  auto out = fmt::format(
    "{}: {} messages, {}, in {:.2f}s: {} messages/s, {}/s\n", result.name,
    count_text(result.messages), size_text(result.bytes), result.seconds,
    rate_text(per_second(result.messages, result.seconds)),
    size_text(
      static_cast<std::uint64_t>(per_second(result.bytes, result.seconds))));
  if (result.rate_wanted > 0)
    out += fmt::format("  wanted   {} messages/s; latency counts from the "
                       "intended time of each send\n",
                       rate_text(result.rate_wanted));
  if (result.latency.count() > 0) {
    out += "  latency ";
    for (const auto& [name, percent] : percentiles)
      out += fmt::format(" {} {} ", name,
                         latency_text(result.latency.percentile(percent)));
    out += "\n";
  }
  if (result.failures > 0 || result.retried > 0)
    out += fmt::format("  {} failed, {} retried\n", count_text(result.failures),
                       count_text(result.retried));
  return out;
}

std::string bench_json(const bench_result& result) {
  nlohmann::ordered_json out;
  out["name"] = result.name;
  out["messages"] = result.messages;
  out["bytes"] = result.bytes;
  out["seconds"] = result.seconds;
  out["messagesPerSecond"] = per_second(result.messages, result.seconds);
  out["bytesPerSecond"] = per_second(result.bytes, result.seconds);
  out["rateWanted"] = result.rate_wanted;
  out["failures"] = result.failures;
  out["retried"] = result.retried;
  if (result.latency.count() > 0) {
    auto& latency = out["latencyNs"];
    for (const auto& [name, percent] : percentiles)
      latency[name] = result.latency.percentile(percent);
    latency["min"] = result.latency.min();
    latency["mean"] = result.latency.mean();
    latency["count"] = result.latency.count();
  }
  return out.dump() + "\n";
}

} // namespace apogee::cli
