#include "actors/core/delay_levels.hpp"
#include "config/settings.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

using namespace std::chrono_literals;

TEST(DelayLevels, ReadsWhatRocketMQReads) {
  const auto levels =
    delay_levels::parse(config::group_settings{}.delay_levels);
  ASSERT_TRUE(levels);
  EXPECT_EQ(levels->count(), 18);
  EXPECT_EQ(levels->delay(1), 1s);
  EXPECT_EQ(levels->delay(3), 10s);
  EXPECT_EQ(levels->delay(5), 1min);
  EXPECT_EQ(levels->delay(18), 2h);
  EXPECT_EQ(delay_levels::parse("  1d 2s ")->delay(1), 24h);
}

TEST(DelayLevels, RefusesWhatIsNoDelay) {
  for (const auto* text : {"", " ", "1", "s", "1x", "-1s", "0s", "1.5s",
                           "1s,2s", "99999999999999999999s"})
    EXPECT_FALSE(delay_levels::parse(text)) << text;
  std::string many;
  for (auto i = 0; i <= delay_levels::count_max; ++i)
    many += "1s ";
  EXPECT_FALSE(delay_levels::parse(many));
}

TEST(DelayLevels, FindsALevelForWhatIsAskedFor) {
  const auto levels = delay_levels::parse("1s 5s 10s");
  ASSERT_TRUE(levels);
  EXPECT_EQ(levels->within(2), 2);
  EXPECT_EQ(levels->within(99), 3);
  EXPECT_EQ(levels->at_least(1ms), 1);
  EXPECT_EQ(levels->at_least(5s), 2);
  EXPECT_EQ(levels->at_least(1h), 3);
}

} // namespace apogee::core
