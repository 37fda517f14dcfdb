#include "actors/remoting/offset_rules.hpp"

#include <gtest/gtest.h>

namespace apogee::remoting {

namespace {

constexpr core::queue_ends ends{{10}, {20}, {14}};

std::uint64_t target(const reset_wish& wish,
                     std::optional<queue_offset> committed = {}) {
  const auto found = reset_target(wish, ends, committed);
  EXPECT_TRUE(found);
  return found ? found->value : 0;
}

} // namespace

TEST(OffsetRules, AGroupGoesOnAtATimeOrAtTheEnd) {
  EXPECT_EQ(target({1'000, true, {}}), 14u);
  EXPECT_EQ(target({-1, true, {}}), 20u);
  EXPECT_EQ(target({-1, true, {}}, queue_offset{12}), 20u);
}

TEST(OffsetRules, WithoutForceItIsOnlyTakenBack) {
  EXPECT_EQ(target({1'000, false, {}}, queue_offset{12}), 12u);
  EXPECT_EQ(target({1'000, false, {}}, queue_offset{18}), 14u);
  EXPECT_EQ(target({1'000, false, {}}), 14u) << "it has no offset yet";
}

TEST(OffsetRules, AnOffsetHasToBeInTheQueue) {
  EXPECT_EQ(target({-1, true, 10}), 10u);
  EXPECT_EQ(target({-1, true, 20}), 20u);
  EXPECT_EQ(target({-1, false, 20}, queue_offset{12}), 20u)
    << "tools never say force with it";
  for (const std::uint64_t offset : {9, 21})
    EXPECT_EQ(reset_target({-1, true, offset}, ends, {}).error().code,
              errc::offset_out_of_range);
}

} // namespace apogee::remoting
