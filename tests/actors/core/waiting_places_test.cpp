#include "actors/core/waiting_places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace apogee::core {

namespace {

const int a = 1;
const int b = 2;
const int c = 3;
using testing::HasSubstr;

} // namespace

TEST(WaitingPlaces, OneAskerLeavesPlacesToOthers) {
  waiting_places all{3, 2};
  std::vector<waiting_places::place> taken;
  for (const auto* asker : {&a, &a, &b})
    taken.push_back(std::move(*all.take(asker)));
  const auto full = all.take(&c);
  EXPECT_EQ(full.error().code, errc::busy);
  EXPECT_THAT(full.error().text, HasSubstr("3 pulls wait"));
  taken.pop_back();
  const auto too_many = all.take(&a);
  EXPECT_EQ(too_many.error().code, errc::busy);
  EXPECT_THAT(too_many.error().text, HasSubstr("2 pulls of this client"));
  EXPECT_TRUE(all.take(&b));
}

TEST(WaitingPlaces, AreGivenBackOnceHoweverTheyAreMoved) {
  waiting_places all{1, 1};
  {
    auto one = std::move(*all.take(&a));
    auto moved = std::move(one);
    one = std::move(moved);
    EXPECT_FALSE(all.take(&b));
  }
  EXPECT_TRUE(all.take(&b));
}

} // namespace apogee::core
