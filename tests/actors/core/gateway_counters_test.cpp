#include "actors/core/gateway_counters.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

TEST(CodeCounts, CountByCodeWithoutGrowingForEver) {
  code_counts counts;
  for (std::int32_t code = 0; code < 10'000; ++code)
    counts.add(code);
  counts.add(1);
  const auto all = counts.all();
  EXPECT_EQ(all.size(), code_counts::codes_max + 1);
  EXPECT_EQ(all.at(1), 2u);
  EXPECT_EQ(all.at(code_counts::other), 10'000 - code_counts::codes_max);
}

} // namespace apogee::core
