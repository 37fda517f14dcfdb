#include "actors/core/retention.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

namespace {

class Retention : public testing::Test {
protected:
  std::vector<segment_age> segments{
    {{0}, 100, 1000}, {{100}, 100, 2000}, {{200}, 100, 3000}};
  log_position all{300};
};

TEST_F(Retention, KeepsEverythingWithoutRules) {
  EXPECT_EQ(retained_from(segments, {}, all, 1'000'000).value, 0u);
}

TEST_F(Retention, LetsFilesGoThatAreOldEnough) {
  EXPECT_EQ(retained_from(segments, {500, 0}, all, 2499).value, 100u);
  EXPECT_EQ(retained_from(segments, {500, 0}, all, 2500).value, 200u);
}

TEST_F(Retention, LetsTheOldestGoWhenTheLogIsTooLarge) {
  EXPECT_EQ(retained_from(segments, {0, 250}, all, 0).value, 100u);
  EXPECT_EQ(retained_from(segments, {0, 300}, all, 0).value, 0u);
}

TEST_F(Retention, NeverTakesTheLastFile) {
  EXPECT_EQ(retained_from(segments, {1, 1}, all, 1'000'000).value, 200u);
}

TEST_F(Retention, KeepsWhatIsStillNeeded) {
  EXPECT_EQ(retained_from(segments, {1, 1}, log_position{150}, 1'000'000).value,
            100u);
}

} // namespace

} // namespace apogee::core
