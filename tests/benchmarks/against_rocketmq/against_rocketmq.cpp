// Runs the same loads against RocketMQ and against a node, in turns and each
// alone on the machine, and writes what came out beside each other.
#include "nodes/cli/process_usage.hpp"
#include "tests/benchmarks/against_rocketmq/broker_side.hpp"
#include "tests/benchmarks/against_rocketmq/workloads.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace apogee::benchmarks {

namespace {

using namespace std::chrono_literals;

/// Until a broker that was started has nothing more to do.
constexpr auto settle_time = 15s;

struct options {
  std::vector<std::string> workloads; ///< empty: all
  int rounds = 3;
  int seconds = 20;
  int warm_up = 10;
  std::string script = "tests/interop/peer";
  std::string output = "docs/performance/against-rocketmq";
  std::string data = "build";
};

/// One broker's turn of one workload.
class turn {
public:
  turn(const options& with, broker_side& side, const workload& what,
       std::vector<comparison>& rows)
    : with_(with), side_(side), what_(what), rows_(rows),
      folder_(std::filesystem::absolute(with.data)
              / ("against-rocketmq-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }

  ~turn() {
    side_.stop();
    std::filesystem::remove_all(folder_);
  }

  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

  void run() {
    const auto start_seconds = side_.start(folder_, what_.is_flushed);
    if (what_.is_idle)
      measure_idle(start_seconds);
    for (const auto& step : what_.steps)
      run_step(step);
  }

private:
  comparison& row(const std::string& name) {
    return *std::find_if(rows_.begin(), rows_.end(),
                         [&](const auto& each) { return each.name == name; });
  }

  void add(const std::string& name, const figures& measured) {
    auto& to = row(name);
    (side_.name() == "Apogee" ? to.apogee : to.rocketmq).push_back(measured);
    fmt::print("{:10} {:10}", side_.name(), name);
    for (const auto* figure : {figure_names::throughput, figure_names::p50,
                               figure_names::p99, figure_names::cpu})
      if (const auto found = measured.find(figure); found != measured.end())
        fmt::print("  {} {:.4g}", figure, found->second);
    fmt::print("\n");
    std::fflush(stdout);
  }

  void measure_idle(double start_seconds) {
    std::this_thread::sleep_for(settle_time);
    const auto usage = cli::usage_of(side_.all_processes());
    if (!usage)
      throw std::runtime_error{usage.error().text};
    add(what_.name, {{figure_names::start_time, start_seconds},
                     {figure_names::idle_memory,
                      static_cast<double>(usage->resident_bytes) / (1 << 20)}});
  }

  void run_step(const workload_step& step) {
    // Or the disk, still busy with what was written before, slows this one.
    ::sync();
    if (step.is_cold)
      drop_cached_files(side_.log_folder());
    const auto outcome = run_program(arguments(step), folder_ + "/bench.log");
    if (outcome.output.empty()) {
      const auto why =
        fmt::format("{} {}: the load could not run: {}", side_.name(),
                    what_.name, last_line(folder_ + "/bench.log"));
      if (step.row.empty()) // the next steps need what it prepares
        throw std::runtime_error{why};
      row(step.row).problems.push_back(why);
      return;
    }
    if (step.row.empty())
      return;
    const auto json = nlohmann::json::parse(outcome.output);
    if (json.at("failures") > 0)
      row(step.row).problems.push_back(fmt::format(
        "{}: {} messages failed, the first: {}", side_.name(),
        json["failures"].dump(), json["firstFailure"].get<std::string>()));
    add(step.row, figures_of(json));
  }

  std::vector<std::string> arguments(const workload_step& step) const {
    std::vector<std::string> out = {program_folder() + "/apogee", "bench"};
    out.insert(out.end(), step.arguments.begin(), step.arguments.end());
    const std::vector<std::string> common = {
      "--protocol", "rocketmq",     "--json",          "--timeout",
      "30",         "--nameserver", side_.nameserver()};
    out.insert(out.end(), common.begin(), common.end());
    for (const auto process : side_.broker_processes())
      out.insert(out.end(), {"--broker-pid", std::to_string(process)});
    if (step.is_timed)
      out.insert(out.end(), {"--seconds", std::to_string(with_.seconds),
                             "--warm-up", std::to_string(with_.warm_up)});
    return out;
  }

  static std::string last_line(const std::string& file) {
    std::ifstream in{file};
    std::string last;
    for (std::string line; std::getline(in, line);)
      last = line;
    return last;
  }

  const options& with_;
  broker_side& side_;
  const workload& what_;
  std::vector<comparison>& rows_;
  std::string folder_;
};

std::vector<workload> chosen_workloads(const options& with) {
  if (with.workloads.empty())
    return workloads();
  std::vector<workload> out;
  for (const auto& name : with.workloads) {
    const auto& all = workloads();
    const auto found =
      std::find_if(all.begin(), all.end(),
                   [&](const auto& each) { return each.name == name; });
    if (found == all.end())
      throw std::runtime_error{"there is no workload " + name};
    out.push_back(*found);
  }
  return out;
}

std::vector<comparison> rows_of(const std::vector<workload>& chosen) {
  std::vector<comparison> out;
  for (const auto& each : chosen) {
    if (each.is_idle)
      out.push_back({each.name,
                     "nameserver and broker, started and idle",
                     idle_goals(),
                     {},
                     {},
                     {}});
    for (const auto& step : each.steps)
      if (!step.row.empty())
        out.push_back({step.row, step.description, step.goals, {}, {}, {}});
  }
  return out;
}

std::string conditions(const options& with) {
  const auto now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  return fmt::format(
    "{:04}-{:02}-{:02}, {} cores, {} rounds in turns, medians; {} s each after "
    "{} s of warm-up. Client and broker share the machine.",
    parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
    std::thread::hardware_concurrency(), with.rounds, with.seconds,
    with.warm_up);
}

void compare(const options& with) {
  const auto chosen = chosen_workloads(with);
  auto rows = rows_of(chosen);
  const auto rocketmq = make_rocketmq(std::filesystem::absolute(with.script));
  const auto apogee = make_apogee();
  const auto write = [&] {
    std::ofstream{with.output + ".md"} << page(rows, conditions(with));
    std::ofstream{with.output + ".json"} << raw_results(rows);
  };
  for (const auto& what : chosen) {
    for (int round = 0; round < with.rounds; ++round)
      for (auto* side : {rocketmq.get(), apogee.get()})
        turn{with, *side, what, rows}.run();
    write(); // what is measured is not lost when a later one fails
  }
  std::cout << page(rows, conditions(with));
}

int run(int argc, char** argv) {
  options with;
  CLI::App app{"Compares a node with RocketMQ"};
  app.add_option("--workloads", with.workloads, "Only these: W1,W4")
    ->delimiter(',');
  app.add_option("--rounds", with.rounds)->check(CLI::PositiveNumber);
  app.add_option("--seconds", with.seconds)->check(CLI::PositiveNumber);
  app.add_option("--warm-up", with.warm_up)->check(CLI::PositiveNumber);
  app.add_option("--script", with.script, "Starts and stops RocketMQ");
  app.add_option("--output", with.output, "Writes OUTPUT.md and OUTPUT.json");
  app.add_option("--data", with.data,
                 "Where each broker gets a folder in its turn");
  CLI11_PARSE(app, argc, argv);
  try {
    compare(with);
  } catch (const std::exception& error) {
    std::cerr << "against_rocketmq: " << error.what() << "\n";
    return 1;
  }
  return 0;
}

} // namespace

} // namespace apogee::benchmarks

int main(int argc, char** argv) {
  return apogee::benchmarks::run(argc, argv);
}
