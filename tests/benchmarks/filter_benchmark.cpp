// How fast filters decide: per message, as a queue writer asks them.
#include "actors/core/subscription_filter.hpp"
#include "messages/record.hpp"

#include <array>
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace apogee::core {

namespace {

constexpr std::string_view example =
  "color = 'blue' AND price BETWEEN 10 AND 20";

subscription_filter::pointer parse(expression_type type,
                                   std::string_view text) {
  auto filter = subscription_filter::parse(type, text);
  if (!filter)
    std::abort();
  return *filter;
}

/// A message with six properties, in a list as it arrives.
struct bench_message {
  std::optional<std::string_view> operator()(std::string_view name) const {
    for (const auto& [key, value] : properties)
      if (key == name)
        return value;
    return std::nullopt;
  }

  std::array<std::pair<std::string_view, std::string_view>, 6> properties{{
    {"trace", "5f1c7d0e"},
    {"region", "eu-west"},
    {"color", "blue"},
    {"size", "12.5"},
    {"price", "15"},
    {"TAGS", "TagB"},
  }};
};

void match(benchmark::State& state, expression_type type,
           std::string_view text) {
  const auto filter = parse(type, text);
  bench_message message;
  for (auto _ : state) {
    benchmark::DoNotOptimize(message);
    benchmark::DoNotOptimize(filter->matches(message));
  }
  state.SetItemsProcessed(state.iterations());
}

/// The test on the index, of tags that seldom match.
void match_hash(benchmark::State& state, std::string_view text) {
  const auto filter = parse(expression_type::tag, text);
  auto hash = tag_hash("TagA");
  for (auto _ : state) {
    benchmark::DoNotOptimize(hash);
    benchmark::DoNotOptimize(filter->may_match(hash++));
  }
  state.SetItemsProcessed(state.iterations());
}

void compile(benchmark::State& state, std::string_view text) {
  for (auto _ : state)
    benchmark::DoNotOptimize(sql_filter::compile(text));
  state.SetItemsProcessed(state.iterations());
}

} // namespace

BENCHMARK_CAPTURE(match, sql_example, expression_type::sql92, example);
BENCHMARK_CAPTURE(match, sql_that_the_first_test_decides,
                  expression_type::sql92,
                  "color = 'red' AND price BETWEEN 10 AND 20");
BENCHMARK_CAPTURE(match, sql_fraction, expression_type::sql92, "size > 10.0");
BENCHMARK_CAPTURE(match, sql_list, expression_type::sql92,
                  "region IN ('eu-north', 'eu-south', 'eu-west', 'us')");
BENCHMARK_CAPTURE(match, tag_text, expression_type::tag, "TagA || TagB");
BENCHMARK_CAPTURE(match_hash, one_tag, "TagA");
BENCHMARK_CAPTURE(match_hash, eight_tags,
                  "TagA || TagB || TagC || TagD || TagE || TagF || TagG || H");
BENCHMARK_CAPTURE(compile, example, example);

} // namespace apogee::core

BENCHMARK_MAIN();
