#include "actors/core/queue_tail.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

namespace {

class QueueTail : public testing::Test {
protected:
  /// One message of 100 bytes at the end of a log that only it uses.
  void write(ack_level level) {
    tail.assign(1);
    tail.written({{log_position{end}, 100, 0, level}});
    end += 100;
  }

  queue_tail tail{queue_offset{5}};
  std::uint64_t end = 1000;
};

TEST_F(QueueTail, StartsEmptyAtTheOffsetThatTheViewsKnow) {
  EXPECT_EQ(tail.next().value, 5u);
  EXPECT_EQ(tail.visible_end().value, 5u);
  EXPECT_TRUE(tail.is_empty());
}

TEST_F(QueueTail, ShowsMemoryLevelMessagesAtOnce) {
  write(ack_level::memory);
  EXPECT_TRUE(tail.advance(log_position{0}));
  EXPECT_EQ(tail.visible_end().value, 6u);
}

TEST_F(QueueTail, ShowsNothingBehindAMessageThatIsNotYetSafe) {
  write(ack_level::memory);
  write(ack_level::disk);
  write(ack_level::memory);
  tail.advance(log_position{1199});
  EXPECT_EQ(tail.visible_end().value, 6u);
  EXPECT_TRUE(tail.advance(log_position{1200}));
  EXPECT_EQ(tail.visible_end().value, 8u);
}

TEST_F(QueueTail, ForgetsOnlyWhatTheViewsHold) {
  write(ack_level::memory);
  write(ack_level::memory);
  tail.advance(log_position{0});
  tail.evict(log_position{1100});
  EXPECT_EQ(tail.first().value, 6u);
  EXPECT_TRUE(tail.find({5}, 10).empty());
  EXPECT_EQ(tail.find({6}, 10).size(), 1u);
}

TEST_F(QueueTail, ReturnsAtLeastOneMessageHoweverLarge) {
  write(ack_level::memory);
  write(ack_level::memory);
  tail.advance(log_position{0});
  EXPECT_EQ(tail.find({5}, 10).size(), 2u);
  EXPECT_EQ(tail.find({5}, 1).size(), 1u);
}

TEST_F(QueueTail, UsesOffsetsThatWereTakenBackAgain) {
  EXPECT_EQ(tail.assign(3).value, 5u);
  EXPECT_EQ(tail.assign(2).value, 8u);
  tail.rewind({8});
  EXPECT_EQ(tail.assign(1).value, 8u);
}

} // namespace

} // namespace apogee::core
