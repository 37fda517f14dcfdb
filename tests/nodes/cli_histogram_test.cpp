#include "nodes/cli/bench_result.hpp"
#include "nodes/cli/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

namespace apogee::cli {
namespace {

class Histogram : public testing::Test {
protected:
  histogram values;
};

TEST_F(Histogram, IsAllZeroWithoutValues) {
  EXPECT_EQ(values.count(), 0u);
  EXPECT_EQ(values.min(), 0u);
  EXPECT_EQ(values.max(), 0u);
  EXPECT_EQ(values.percentile(99), 0u);
  EXPECT_EQ(values.mean(), 0);
}

TEST_F(Histogram, IsExactForSmallValues) {
  for (std::uint64_t value = 1; value <= 100; ++value)
    values.record(value);
  EXPECT_EQ(values.percentile(50), 50u);
  EXPECT_EQ(values.percentile(99), 99u);
  EXPECT_EQ(values.percentile(100), 100u);
  EXPECT_EQ(values.percentile(0), 1u);
  EXPECT_EQ(values.min(), 1u);
  EXPECT_DOUBLE_EQ(values.mean(), 50.5);
}

TEST_F(Histogram, IsAtMostOnePercentTooHighForAnyValues) {
  std::mt19937_64 random{1};
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 20'000; ++i) {
    all.push_back(random() >> random() % 64);
    values.record(all.back());
  }
  std::sort(all.begin(), all.end());
  for (const double percent : {1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const auto rank = static_cast<std::size_t>(
      std::ceil(percent / 100 * static_cast<double>(all.size())));
    const auto exact = static_cast<double>(all[rank - 1]);
    const auto found = static_cast<double>(values.percentile(percent));
    EXPECT_GE(found, exact) << percent;
    EXPECT_LE(found, exact * 1.01 + 1) << percent;
  }
}

TEST_F(Histogram, TakesTheLargestValueThereIs) {
  values.record(UINT64_MAX);
  EXPECT_EQ(values.percentile(50), UINT64_MAX);
  EXPECT_EQ(values.max(), UINT64_MAX);
}

TEST_F(Histogram, AddsAnother) {
  histogram other;
  values.record(10);
  other.record(1);
  other.record(100);
  values.merge(other);
  values.merge(histogram{});
  EXPECT_EQ(values.count(), 3u);
  EXPECT_EQ(values.min(), 1u);
  EXPECT_EQ(values.max(), 100u);
  EXPECT_EQ(values.percentile(50), 10u);
}

class BenchResult : public testing::Test {
protected:
  BenchResult() {
    result.name = "send";
    result.messages = 200'000;
    result.bytes = 200'000 * 1024;
    result.seconds = 2;
    result.latency.record(91'000);
  }

  bench_result result;
};

TEST_F(BenchResult, ReadsWell) {
  EXPECT_EQ(bench_text(result),
            "send: 200,000 messages, 195.3 MiB, in 2.00s: 100,000 messages/s, "
            "97.7 MiB/s\n"
            "  latency  p50 91.0 us  p99 91.0 us  p99.9 91.0 us  max 91.0 us "
            "\n");
}

TEST_F(BenchResult, TellsWhatFailed) {
  result.failures = 3;
  result.rate_wanted = 20'000;
  const auto text = bench_text(result);
  EXPECT_NE(text.find("3 failed, 0 retried"), std::string::npos);
  EXPECT_NE(text.find("wanted   20,000 messages/s"), std::string::npos);
}

TEST_F(BenchResult, TellsWhatItCost) {
  result.client_cpu_seconds = 0.2;
  result.broker = broker_cost{.cpu_seconds = 1,
                              .resident_bytes_before = 16 << 20,
                              .resident_bytes = 32 << 20,
                              .resident_bytes_max = 48 << 20,
                              .anonymous_bytes = 20 << 20};
  result.details = {{"stored", 200'000}};
  EXPECT_TRUE(bench_text(result).ends_with(
    "  client   1.00 CPU seconds per million messages, 0.10 cores\n"
    "  broker   5.00 CPU seconds per million messages, 0.50 cores; 16.0 MiB "
    "resident before, 32.0 MiB after, 48.0 MiB at most, 20.0 MiB without "
    "mapped files\n"
    "  stored: 200,000\n"))
    << bench_text(result);
  const auto json = nlohmann::json::parse(bench_json(result));
  EXPECT_EQ(json["broker"]["cpuSecondsPerMillion"], 5);
  EXPECT_EQ(json["details"]["stored"], 200'000);
}

TEST_F(BenchResult, IsJsonOnOneLine) {
  const auto json = nlohmann::json::parse(bench_json(result));
  EXPECT_EQ(json["messagesPerSecond"], 100'000);
  EXPECT_EQ(json["latencyNs"]["p99"], 91'000);
}

} // namespace
} // namespace apogee::cli
