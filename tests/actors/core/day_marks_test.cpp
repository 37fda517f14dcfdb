#include "actors/core/day_marks.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

TEST(DayMarks, AreWhatTheCountWasWhenADayBegan) {
  day_marks marks;
  marks.take(100, 5);
  EXPECT_EQ(marks.today(), 0u) << "all of it is of the day of the start";
  marks.take(100, 7);
  marks.take(101, 9);
  EXPECT_EQ(marks.today(), 9u);
  EXPECT_EQ(marks.yesterday(), 0u);
  marks.take(101, 20);
  marks.take(102, 30);
  EXPECT_EQ(marks.today(), 30u);
  EXPECT_EQ(marks.yesterday(), 9u);
}

TEST(DayMarks, NothingIsKnownOfDaysThatNobodySaw) {
  day_marks marks;
  marks.take(100, 0);
  marks.take(101, 4);
  marks.take(105, 10);
  EXPECT_EQ(marks.today(), 10u);
  EXPECT_EQ(marks.yesterday(), 10u);
}

} // namespace apogee::core
