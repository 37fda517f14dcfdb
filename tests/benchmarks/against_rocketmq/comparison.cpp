#include "tests/benchmarks/against_rocketmq/comparison.hpp"

#include "tests/benchmarks/report.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace apogee::benchmarks {

namespace {

constexpr double bytes_per_mib = 1024.0 * 1024.0;

/// Columns of the table of all figures.
constexpr std::array columns = {figure_names::throughput,
                                figure_names::p50,
                                figure_names::p99,
                                "p99.9 us",
                                "max us",
                                figure_names::cpu,
                                "client cores",
                                "peak MiB",
                                "anonymous MiB"};

std::string number(double value) {
  if (value >= 1000)
    return fmt::format("{:.0f}", value);
  return fmt::format("{:.3g}", value);
}

std::string cell(const figures& from, const std::string& name) {
  const auto found = from.find(name);
  return found == from.end() ? "" : number(found->second);
}

std::string goal_text(const goal& wanted) {
  auto out = (wanted.direction == goal::wanted::at_most ? "≤ " : "≥ ")
             + number(wanted.value)
             + (wanted.measure == goal::scale::ratio ? "×" : "");
  return wanted.remark.empty() ? out : out + " " + wanted.remark;
}

std::string goal_line(const comparison& row, const goal& wanted) {
  const auto value = measured(row, wanted);
  const auto* verdict = !value                       ? "not measured"
                        : is_reached(wanted, *value) ? "reached"
                                                     : "**missed**";
  return fmt::format(
    "| {} | {} | {} | {} | {} | {} | {} |\n", row.name, wanted.figure,
    cell(medians(row.rocketmq), wanted.figure),
    cell(medians(row.apogee), wanted.figure),
    value && wanted.measure == goal::scale::ratio ? number(*value) + "×" : "",
    goal_text(wanted), verdict);
}

std::string goal_table(const std::vector<comparison>& rows) {
  std::string missed;
  std::string others;
  for (const auto& row : rows)
    for (const auto& wanted : row.goals) {
      const auto value = measured(row, wanted);
      auto& part = value && is_reached(wanted, *value) ? others : missed;
      part += goal_line(row, wanted);
    }
  return "| workload | figure | RocketMQ | Apogee | ratio | goal | |\n"
         "|---|---|---|---|---|---|---|\n"
         + missed + others;
}

std::string figure_table(const std::vector<comparison>& rows) {
  std::string out = "| workload | broker |";
  std::string line = "|---|---|";
  for (const auto* name : columns) {
    out += fmt::format(" {} |", name);
    line += "---|";
  }
  out += "\n" + line + "\n";
  for (const auto& row : rows)
    for (const auto& [broker, rounds] :
         {std::pair{"RocketMQ", &row.rocketmq}, {"Apogee", &row.apogee}}) {
      const auto all = medians(*rounds);
      out += fmt::format("| {} | {} |", row.name, broker);
      for (const auto* name : columns)
        out += fmt::format(" {} |", cell(all, name));
      out += "\n";
    }
  return out;
}

} // namespace

figures figures_of(const nlohmann::json& run) {
  figures out;
  const auto seconds = run.at("seconds").get<double>();
  if (run.at("messages") > 0)
    out[figure_names::throughput] = run.at("messagesPerSecond");
  if (const auto latency = run.find("latencyNs"); latency != run.end())
    for (const auto* name : {"p50", "p99", "p99.9", "max"})
      out[fmt::format("{} us", name)] = latency->at(name).get<double>() / 1000;
  if (run.contains("clientCpuSeconds"))
    out["client cores"] = run["clientCpuSeconds"].get<double>() / seconds;
  if (const auto broker = run.find("broker"); broker != run.end()) {
    if (run.at("messages") > 0)
      out[figure_names::cpu] = broker->at("cpuSecondsPerMillion");
    out[figure_names::core_share] =
      broker->at("cpuSeconds").get<double>() / seconds * 100;
    out["peak MiB"] =
      broker->at("residentBytesMax").get<double>() / bytes_per_mib;
    out["anonymous MiB"] =
      broker->at("anonymousBytes").get<double>() / bytes_per_mib;
  }
  const auto details = run.value("details", nlohmann::json::object());
  if (details.contains("stored"))
    out[figure_names::stored_share] =
      details["stored"].get<double>()
      / std::max(1.0, details["sent"].get<double>());
  if (details.contains("broker bytes per connection"))
    out[figure_names::connection_memory] =
      details["broker bytes per connection"].get<double>() / 1024;
  return out;
}

figures medians(const std::vector<figures>& rounds) {
  std::map<std::string, std::vector<double>> values;
  for (const auto& round : rounds)
    for (const auto& [name, value] : round)
      values[name].push_back(value);
  figures out;
  for (auto& [name, all] : values)
    out[name] = median(std::move(all));
  return out;
}

std::optional<double> measured(const comparison& row, const goal& wanted) {
  const auto ours = medians(row.apogee);
  const auto our = ours.find(wanted.figure);
  if (our == ours.end())
    return {};
  if (wanted.measure == goal::scale::absolute)
    return our->second;
  const auto theirs = medians(row.rocketmq);
  const auto their = theirs.find(wanted.figure);
  if (their == theirs.end() || their->second == 0)
    return {};
  return our->second / their->second;
}

bool is_reached(const goal& wanted, double value) {
  return wanted.direction == goal::wanted::at_most ? value <= wanted.value
                                                   : value >= wanted.value;
}

std::string page(const std::vector<comparison>& rows,
                 const std::string& conditions) {
  auto out = "# Beside RocketMQ\n\nWritten by `bin/bench --against-rocketmq`. "
             + conditions + "\n\n## Goals\n\n" + goal_table(rows)
             + "\n## All figures\n\n" + figure_table(rows)
             + "\n## Workloads\n\n";
  for (const auto& row : rows)
    out += fmt::format("- **{}**: {}\n", row.name, row.description);
  std::string problems;
  for (const auto& row : rows)
    for (const auto& problem : row.problems)
      problems += fmt::format("- {}: {}\n", row.name, problem);
  return problems.empty() ? out : out + "\n## Runs with errors\n\n" + problems;
}

std::string raw_results(const std::vector<comparison>& rows) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& row : rows)
    out.push_back({{"workload", row.name},
                   {"rocketmq", row.rocketmq},
                   {"apogee", row.apogee},
                   {"problems", row.problems}});
  return out.dump(1) + "\n";
}

} // namespace apogee::benchmarks
