#include "actors/core/read_ahead.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace apogee::core {

namespace {

constexpr std::uint64_t mib = 1u << 20;

class ReadAhead : public testing::Test {
protected:
  std::optional<read_ahead::range> before(std::uint64_t position) {
    return ahead.before({position}, written, now);
  }

  bool covers(std::uint64_t begin, std::uint64_t size = 1) {
    return ahead.covers({begin}, {begin + size}, written, now);
  }

  read_ahead ahead;
  log_position written{100 * mib};
  read_ahead::clock::time_point now;
};

TEST_F(ReadAhead, AsksForEachPartOnceWhenReadsGoOn) {
  std::uint64_t asked_until = 0;
  int times = 0;
  for (std::uint64_t at = 0; at < 64 * mib; at += mib / 16) {
    if (const auto part = before(at)) {
      EXPECT_EQ(part->begin.value, asked_until);
      asked_until = part->end.value;
      ++times;
    }
    EXPECT_GT(asked_until, at + read_ahead::part_bytes);
  }
  EXPECT_EQ(times, 8) << "16 MiB, then 8 MiB each";
}

TEST_F(ReadAhead, StartsAnewWhereReadsJumpTo) {
  ASSERT_TRUE(before(40 * mib));
  const auto back = before(7 * mib);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->begin.value, 0u)
    << "another reader may be behind in the part";
  EXPECT_FALSE(before(0));
  const auto forth = before(80 * mib);
  ASSERT_TRUE(forth);
  EXPECT_EQ(forth->begin.value, 80 * mib);
}

// Queues of one consumer drift apart, some read twice as fast as others: to
// ask for 16 MiB again at each of their pulls took a sixth of a drain.
TEST_F(ReadAhead, AsksForEachPartOnceWhereverConsumersAre) {
  written = log_position{1000 * mib};
  std::uint64_t asked = 0;
  for (std::uint64_t step = 0; step < 64 * mib; step += mib / 16)
    for (std::uint64_t reader = 1; reader <= 8; ++reader)
      if (const auto part = before(step * reader / 2))
        asked += part->end.value - part->begin.value;
  EXPECT_LE(asked, 4 * 64 * mib + 2 * read_ahead::part_bytes);
}

TEST_F(ReadAhead, RemembersWhatWasWantedLately) {
  written = log_position{100'000 * mib};
  const auto asks = [&](std::uint64_t consumer) {
    return before(consumer * 100 * mib).has_value();
  };
  constexpr auto consumers_max = read_ahead::parts_max / 2;
  for (std::uint64_t i = 0; i < consumers_max; ++i)
    EXPECT_TRUE(asks(i));
  EXPECT_FALSE(asks(0));
  EXPECT_TRUE(asks(consumers_max));
  EXPECT_FALSE(asks(0)) << "it was wanted lately";
  EXPECT_TRUE(asks(1)) << "it was forgotten";
}

TEST_F(ReadAhead, CoversAReadWhoseNextPartIsUnderWay) {
  constexpr auto part = read_ahead::part_bytes;
  EXPECT_FALSE(covers(0));
  before(0);
  EXPECT_TRUE(covers(part - 1));
  EXPECT_FALSE(covers(part)) << "the one behind it is not";
  before(part);
  EXPECT_TRUE(covers(part));
}

TEST_F(ReadAhead, CoversNoReadThatGoesBeyondTheNextPart) {
  constexpr auto part = read_ahead::part_bytes;
  before(0);
  EXPECT_TRUE(covers(mib, 2 * part - mib));
  EXPECT_FALSE(covers(mib, 2 * part - mib + 1));
}

TEST_F(ReadAhead, CoversNothingNearTheEndOfTheLog) {
  written = log_position{2 * read_ahead::part_bytes};
  before(0);
  EXPECT_TRUE(covers(0));
  written.value -= 1;
  EXPECT_FALSE(covers(0));
}

TEST_F(ReadAhead, AsksAgainWhenMemoryMayHaveBeenNeededForSomethingElse) {
  ASSERT_TRUE(before(0));
  now += read_ahead::trust;
  EXPECT_TRUE(covers(0));
  EXPECT_FALSE(before(0));
  now += std::chrono::milliseconds{1};
  EXPECT_FALSE(covers(0));
  EXPECT_TRUE(before(0));
  EXPECT_TRUE(covers(0));
}

TEST_F(ReadAhead, NeverAsksBeyondWhatIsWritten) {
  const auto part = before(90 * mib);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->end, written);
  EXPECT_FALSE(before(95 * mib));
}

} // namespace

} // namespace apogee::core
