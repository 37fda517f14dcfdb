#include "actors/core/log_limit.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

TEST(LogLimit, LetsOneLineOfAKindThroughAndTellsHowManyWereLeftOut) {
  using namespace std::chrono_literals;
  log_limit limit{10s};
  log_limit::instant now;
  EXPECT_EQ(limit.admit("frame", now), 0u);
  EXPECT_EQ(limit.admit("idle", now), 0u);
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE(limit.admit("frame", now + 9'999ms));
  EXPECT_EQ(limit.admit("frame", now + 10s), 5u);
  EXPECT_FALSE(limit.admit("frame", now + 19s));
  EXPECT_EQ(limit.admit("frame", now + 20s), 1u);
}

} // namespace apogee::core
