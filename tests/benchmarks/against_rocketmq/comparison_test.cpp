#include "tests/benchmarks/against_rocketmq/comparison.hpp"
#include "tests/benchmarks/against_rocketmq/workloads.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace apogee::benchmarks {
namespace {

comparison send_row() {
  return {"W3",
          "many",
          {{figure_names::throughput, goal::wanted::at_least, 2.5},
           {figure_names::p99, goal::wanted::at_most, 0.2},
           {figure_names::start_time, goal::wanted::at_most, 0.2,
            goal::scale::absolute}},
          {{{"msgs/s", 100}, {"p99 us", 1000}},
           {{"msgs/s", 300}, {"p99 us", 900}},
           {{"msgs/s", 200}, {"p99 us", 2000}}},
          {{{"msgs/s", 600}, {"p99 us", 300}}},
          {}};
}

TEST(Comparison, ComparesMedians) {
  const auto row = send_row();
  EXPECT_EQ(measured(row, row.goals[0]), 3.0);
  EXPECT_EQ(measured(row, row.goals[1]), 0.3);
  EXPECT_TRUE(is_reached(row.goals[0], 3));
  EXPECT_FALSE(is_reached(row.goals[1], 0.3));
}

TEST(Comparison, HasNoRatioWithoutBothFigures) {
  auto row = send_row();
  EXPECT_FALSE(measured(row, row.goals[2]));
  row.apogee[0]["start s"] = 0.1;
  EXPECT_EQ(measured(row, row.goals[2]), 0.1) << "this one needs no other";
  row.rocketmq.clear();
  EXPECT_FALSE(measured(row, row.goals[0]));
}

TEST(Comparison, ShowsWhatIsMissedFirst) {
  const auto text = page({send_row()}, "Once.");
  const auto missed =
    text.find("| W3 | p99 us | 1000 | 300 | 0.3× | ≤ 0.2× | **missed** |");
  const auto absent =
    text.find("| W3 | start s |  |  |  | ≤ 0.2 | not measured");
  const auto reached =
    text.find("| W3 | msgs/s | 200 | 600 | 3× | ≥ 2.5× | reached |");
  ASSERT_NE(reached, std::string::npos) << text;
  EXPECT_LT(missed, reached) << text;
  EXPECT_LT(absent, reached) << text;
  EXPECT_EQ(text.find("errors"), std::string::npos);
}

TEST(Comparison, NamesRunsWithErrors) {
  auto row = send_row();
  row.problems = {"RocketMQ: 3 messages failed"};
  EXPECT_NE(page({row}, "").find("- W3: RocketMQ: 3 messages failed"),
            std::string::npos);
}

TEST(Comparison, TakesTheFiguresOfARun) {
  const auto all = figures_of(nlohmann::json::parse(R"({
    "messages": 1000, "seconds": 2, "messagesPerSecond": 500,
    "latencyNs": {"p50": 1000, "p99": 2000, "p99.9": 3000, "max": 4000},
    "clientCpuSeconds": 1,
    "broker": {"cpuSeconds": 0.5, "cpuSecondsPerMillion": 500,
               "residentBytesMax": 2097152, "anonymousBytes": 1048576},
    "details": {"sent": 200, "stored": 50}})"));
  EXPECT_EQ(all.at("msgs/s"), 500);
  EXPECT_EQ(all.at("p99.9 us"), 3);
  EXPECT_EQ(all.at("client cores"), 0.5);
  EXPECT_EQ(all.at("CPU s/1M"), 500);
  EXPECT_EQ(all.at("% of a core"), 25);
  EXPECT_EQ(all.at("peak MiB"), 2);
  EXPECT_EQ(all.at("stored share"), 0.25);
}

TEST(Workloads, HaveRowsOfTheirOwn) {
  std::map<std::string, int> rows;
  for (const auto& each : workloads())
    for (const auto& step : each.steps)
      ++rows[step.row.empty() ? "(prepares)" : step.row];
  rows.erase("(prepares)");
  for (const auto& [name, count] : rows)
    EXPECT_EQ(count, 1) << name;
  EXPECT_GE(rows.size(), 20u);
}

} // namespace
} // namespace apogee::benchmarks
