#include "actors/core/rate_meter.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

namespace {

using namespace std::chrono_literals;

TEST(RateMeter, NeedsTwoSamples) {
  rate_meter rate;
  EXPECT_EQ(rate.over(10s), 0);
  rate.sample(rate_meter::instant{}, 7);
  EXPECT_EQ(rate.over(10s), 0);
  rate.sample(rate_meter::instant{}, 9);
  EXPECT_EQ(rate.over(10s), 0) << "no time has passed";
}

TEST(RateMeter, AveragesOverTheWindow) {
  rate_meter rate;
  rate_meter::instant now{};
  std::uint64_t count = 0;
  for (int i = 0; i < 60; ++i, now += 1s, count += 100)
    rate.sample(now, count);
  for (int i = 0; i < 11; ++i, now += 1s)
    rate.sample(now, count);
  EXPECT_EQ(rate.over(10s), 0);
  EXPECT_NEAR(rate.over(60s), 83.3, 0.1);
  EXPECT_NEAR(rate.over(600s), 6000.0 / 70, 0.1);
}

TEST(RateMeter, ForgetsWhatIsOlderThanItsLongestWindow) {
  rate_meter rate;
  rate_meter::instant now{};
  rate.sample(now, 0);
  for (int i = 0; i < 1000; ++i)
    rate.sample(now += 1s, 1'000'000);
  EXPECT_EQ(rate.over(600s), 0);
}

} // namespace

} // namespace apogee::core
