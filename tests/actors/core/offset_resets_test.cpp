#include "actors/core/offset_resets.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

using namespace std::chrono_literals;

class OffsetResets : public testing::Test {
protected:
  bool admits(std::int64_t offset) {
    return resets.admits("g", queue, offset, now);
  }

  std::optional<std::int64_t> redirect(std::int64_t offset) {
    return resets.redirect("g", queue, offset, now);
  }

  offset_resets resets;
  offset_resets::instant now{};
  const offset_resets::queue queue{"t", 0};
};

TEST_F(OffsetResets, WithoutOneEverythingCounts) {
  EXPECT_TRUE(admits(7));
  EXPECT_FALSE(redirect(7));
  resets.begin("g", {"t", 1}, 3, now);
  resets.begin("h", queue, 3, now);
  EXPECT_TRUE(admits(7)) << "another queue, another group";
  EXPECT_FALSE(redirect(7));
}

TEST_F(OffsetResets, CommitsOfBeforeDoNotUndoIt) {
  resets.begin("g", queue, 3, now);
  EXPECT_FALSE(admits(7));
  EXPECT_FALSE(admits(2));
  EXPECT_TRUE(admits(3)) << "a member has taken it over";
  EXPECT_TRUE(admits(7));
}

TEST_F(OffsetResets, WhoAsksWhereToStartHasTakenItOver) {
  resets.begin("g", queue, 3, now);
  resets.taken_over("g", queue);
  EXPECT_TRUE(admits(7));
}

TEST_F(OffsetResets, APullIsSentToWhereTheGroupGoesOn) {
  resets.begin("g", queue, 3, now);
  EXPECT_FALSE(redirect(3)) << "by chance there: what it commits is older";
  EXPECT_FALSE(admits(2));
  EXPECT_EQ(redirect(9), 3);
  EXPECT_EQ(redirect(10), 3) << "until it comes";
  EXPECT_FALSE(redirect(3));
  EXPECT_FALSE(redirect(4));
  EXPECT_TRUE(admits(4));
}

TEST_F(OffsetResets, TheLastOneCounts) {
  resets.begin("g", queue, 3, now);
  resets.begin("g", queue, 5, now);
  EXPECT_EQ(redirect(3), 5);
}

TEST_F(OffsetResets, AMemberThatNeverTakesItOverIsFreeAfterAWhile) {
  resets.begin("g", queue, 3, now);
  now += offset_resets::life - 1s;
  EXPECT_FALSE(admits(7));
  now += 1s;
  EXPECT_FALSE(redirect(9));
  EXPECT_TRUE(admits(7));
}

} // namespace apogee::core
