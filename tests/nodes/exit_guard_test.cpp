#include "nodes/exit_guard.hpp"

#include <gtest/gtest.h>

namespace apogee::nodes {

using namespace std::chrono_literals;

namespace {

void hang_under_guard() {
  const exit_guard guard{3, 10ms};
  std::this_thread::sleep_for(1min);
}

} // namespace

TEST(ExitGuardDeathTest, EndsAProcessThatDoesNotEndByItself) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(hang_under_guard(), testing::ExitedWithCode(3), "an actor hangs");
}

TEST(ExitGuard, LetsAProcessGoOnThatIsInTime) {
  for (int i = 0; i < 100; ++i)
    const exit_guard guard{3, 1min};
}

} // namespace apogee::nodes
