#include "actors/core/read_ahead.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

namespace {

constexpr std::uint64_t mib = 1u << 20;

class ReadAhead : public testing::Test {
protected:
  read_ahead ahead;
  log_position written{100 * mib};
};

TEST_F(ReadAhead, AsksForEachPartOnceWhenReadsGoOn) {
  std::uint64_t asked_until = 0;
  int times = 0;
  for (std::uint64_t at = 0; at < 64 * mib; at += mib / 16) {
    if (const auto part = ahead.before({at}, written)) {
      EXPECT_EQ(part->begin.value, asked_until);
      asked_until = part->end.value;
      ++times;
    }
    EXPECT_GE(asked_until, at + read_ahead::distance_bytes);
  }
  EXPECT_EQ(times, 8) << "16 MiB, then 8 MiB each";
}

TEST_F(ReadAhead, StartsAnewWhereReadsJumpTo) {
  ASSERT_TRUE(ahead.before({40 * mib}, written));
  const auto back = ahead.before({mib}, written);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->begin.value, mib);
  const auto forth = ahead.before({80 * mib}, written);
  ASSERT_TRUE(forth);
  EXPECT_EQ(forth->begin.value, 80 * mib);
}

TEST_F(ReadAhead, NeverAsksBeyondWhatIsWritten) {
  const auto part = ahead.before({90 * mib}, written);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->end, written);
  EXPECT_FALSE(ahead.before({95 * mib}, written));
}

} // namespace

} // namespace apogee::core
