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

double cpu_per_million(double seconds, const bench_result& result) {
  return seconds * 1e6
         / static_cast<double>(std::max<std::uint64_t>(result.messages, 1));
}

/// "0.83 CPU seconds per million messages, 0.10 cores"; without messages, as
/// when all wait, only the latter.
std::string cpu_text(double seconds, const bench_result& result) {
  const auto cores = fmt::format("{:.2f} cores", seconds / result.seconds);
  return result.messages == 0
           ? cores
           : fmt::format("{:.2f} CPU seconds per million messages, {}",
                         cpu_per_million(seconds, result), cores);
}

std::string cost_text(const bench_result& result) {
  std::string out;
  if (result.client_cpu_seconds > 0)
    out += fmt::format("  client   {}\n",
                       cpu_text(result.client_cpu_seconds, result));
  if (result.broker)
    out += fmt::format("  broker   {}; {} resident before, {} after, {} at "
                       "most, {} without mapped files\n",
                       cpu_text(result.broker->cpu_seconds, result),
                       size_text(result.broker->resident_bytes_before),
                       size_text(result.broker->resident_bytes),
                       size_text(result.broker->resident_bytes_max),
                       size_text(result.broker->anonymous_bytes));
  for (const auto& [name, value] : result.details)
    out += fmt::format("  {}: {}\n", name, rate_text(value));
  return out;
}

nlohmann::ordered_json broker_json(const broker_cost& cost,
                                   const bench_result& result) {
  return {{"cpuSeconds", cost.cpu_seconds},
          {"cpuSecondsPerMillion", cpu_per_million(cost.cpu_seconds, result)},
          {"residentBytesBefore", cost.resident_bytes_before},
          {"residentBytes", cost.resident_bytes},
          {"residentBytesMax", cost.resident_bytes_max},
          {"anonymousBytes", cost.anonymous_bytes}};
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
  return out + cost_text(result);
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
  if (result.failures > 0)
    out["firstFailure"] = result.first_failure.text;
  if (result.client_cpu_seconds > 0)
    out["clientCpuSeconds"] = result.client_cpu_seconds;
  if (result.broker)
    out["broker"] = broker_json(*result.broker, result);
  for (const auto& [name, value] : result.details)
    out["details"][name] = value;
  return out.dump() + "\n";
}

} // namespace apogee::cli
