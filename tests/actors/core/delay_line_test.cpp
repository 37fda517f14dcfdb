#include "actors/core/delay_line.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

using namespace std::chrono_literals;

namespace {

/// A level of 10 s whose queue goes on at offset 5.
class DelayLine : public testing::Test {
protected:
  void read(std::deque<delay_line::held> messages, std::uint64_t end) {
    const auto next = messages.empty() ? end : messages.back().offset.value + 1;
    line.read(std::move(messages), {next}, {end});
  }

  delay_line line{10s, {5}};
};

} // namespace

TEST_F(DelayLine, AsksForNothingWhileNothingWaits) {
  EXPECT_FALSE(line.to_read(1'000'000));
  EXPECT_FALSE(line.wake_at_ms());
}

TEST_F(DelayLine, ReadsAMessageWhenItIsDueAndNotBefore) {
  line.stored(1'000);
  EXPECT_EQ(line.wake_at_ms(), 11'000);
  EXPECT_FALSE(line.to_read(10'999));
  EXPECT_EQ(line.to_read(11'000), queue_offset{5});
  EXPECT_FALSE(line.to_read(11'000)) << "it is being read";
  EXPECT_FALSE(line.wake_at_ms());
  read({{{5}, 1'000}}, 6);
  EXPECT_EQ(line.to_deliver(11'000), 1u);
  EXPECT_EQ(line.to_deliver(11'000), 0u) << "it is being delivered";
  line.delivered(1);
  EXPECT_EQ(line.next(), queue_offset{6});
  EXPECT_FALSE(line.wake_at_ms());
}

TEST_F(DelayLine, LooksAtOnceForWhatAnEarlierOneLeft) {
  line.look();
  EXPECT_EQ(line.to_read(0), queue_offset{5});
}

TEST_F(DelayLine, HoldsWhatIsNotDueAndReadsNothingMoreMeanwhile) {
  line.look();
  ASSERT_TRUE(line.to_read(11'000));
  read({{{5}, 1'000}, {{6}, 1'000}, {{7}, 2'000}}, 9);
  EXPECT_EQ(line.to_deliver(11'000), 2u);
  EXPECT_FALSE(line.wake_at_ms());
  line.delivered(2);
  EXPECT_FALSE(line.to_read(11'000));
  EXPECT_EQ(line.wake_at_ms(), 12'000);
  EXPECT_EQ(line.to_deliver(11'999), 0u);
  EXPECT_EQ(line.to_deliver(12'000), 1u);
  line.delivered(1);
  EXPECT_EQ(line.to_read(12'000), queue_offset{8}) << "there is one more";
}

TEST_F(DelayLine, ForgetsNoMessageThatComesWhileOthersAreRead) {
  line.stored(0);
  ASSERT_TRUE(line.to_read(10'000));
  line.stored(10'000);
  read({{{5}, 0}}, 6); // it was read before the other one was there
  ASSERT_EQ(line.to_deliver(10'000), 1u);
  line.delivered(1);
  EXPECT_EQ(line.to_read(10'000), queue_offset{6});
}

TEST_F(DelayLine, PassesOverWhatIsNoLongerThere) {
  line.look();
  ASSERT_TRUE(line.to_read(0));
  line.read({}, {20}, {21});
  EXPECT_EQ(line.to_read(0), queue_offset{20});
}

TEST_F(DelayLine, TriesAgainLaterWhatDidNotWork) {
  line.stored(0);
  ASSERT_TRUE(line.to_read(10'000));
  line.read_failed(10'100);
  EXPECT_FALSE(line.to_read(10'099));
  EXPECT_EQ(line.wake_at_ms(), 10'100);
  ASSERT_EQ(line.to_read(10'100), queue_offset{5});
  read({{{5}, 0}}, 6);
  ASSERT_EQ(line.to_deliver(10'100), 1u);
  line.delivery_failed(10'200);
  EXPECT_EQ(line.wake_at_ms(), 10'200);
  EXPECT_EQ(line.to_deliver(10'199), 0u);
  EXPECT_EQ(line.to_deliver(10'200), 1u);
}

} // namespace apogee::core
