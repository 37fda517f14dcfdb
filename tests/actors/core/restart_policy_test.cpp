#include "actors/core/restart_policy.hpp"

#include <gtest/gtest.h>

namespace apogee::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using places = std::vector<std::size_t>;

class RestartPolicy : public testing::Test {
protected:
  restart_decision fail(restart_policy& policy, std::size_t child,
                        child_kind kind = child_kind::permanent) {
    return policy.child_ended(child, 4, kind, true, now);
  }

  restart_policy one_for_one{restart_strategy::one_for_one, restart_limits{}};
  restart_policy one_for_all{restart_strategy::one_for_all, restart_limits{}};
  restart_policy rest_for_one{restart_strategy::rest_for_one, restart_limits{}};
  restart_policy::time_point now{seconds{100}};
};

TEST_F(RestartPolicy, OneForOneRestartsOnlyTheChildThatFailed) {
  const auto decision = fail(one_for_one, 1);
  EXPECT_EQ(decision.action, restart_action::restart);
  EXPECT_EQ(decision.stop, places{});
  EXPECT_EQ(decision.start, places{1});
}

TEST_F(RestartPolicy, OneForAllStopsTheOthersInReverseAndStartsAllInOrder) {
  const auto decision = fail(one_for_all, 1);
  EXPECT_EQ(decision.stop, (places{3, 2, 0}));
  EXPECT_EQ(decision.start, (places{0, 1, 2, 3}));
}

TEST_F(RestartPolicy, RestForOneLeavesEarlierChildrenAlone) {
  const auto decision = fail(rest_for_one, 1);
  EXPECT_EQ(decision.stop, (places{3, 2}));
  EXPECT_EQ(decision.start, (places{1, 2, 3}));
}

TEST_F(RestartPolicy, TheFifthFailureInTheWindowIsPassedUpwards) {
  for (std::uint32_t n = 1; n <= 4; ++n) {
    const auto decision = fail(one_for_one, n % 4);
    EXPECT_EQ(decision.action, restart_action::restart);
    EXPECT_EQ(decision.restarts, n);
    now += seconds{1};
  }
  const auto fifth = fail(one_for_one, 0);
  EXPECT_EQ(fifth.action, restart_action::escalate);
  EXPECT_EQ(fifth.restarts, 5u);
  EXPECT_TRUE(fifth.start.empty());
}

TEST_F(RestartPolicy, FailuresOutsideTheWindowAreForgotten) {
  for (int n = 0; n < 100; ++n) {
    EXPECT_EQ(fail(one_for_one, 0).action, restart_action::restart);
    now += seconds{5};
  }
  EXPECT_EQ(one_for_one.restarts(now), 1u);
  EXPECT_EQ(one_for_one.restarts(now + seconds{5}), 0u);
}

TEST_F(RestartPolicy, WaitsTwiceAsLongFromOneRestartToTheNext) {
  restart_policy patient{
    restart_strategy::one_for_one,
    {1000, seconds{10}, milliseconds{10}, milliseconds{50}}};
  std::vector<milliseconds::rep> delays;
  for (int n = 0; n < 6; ++n)
    delays.push_back(fail(patient, 0).delay.count());
  EXPECT_EQ(delays, (std::vector<milliseconds::rep>{0, 10, 20, 40, 50, 50}));
}

TEST_F(RestartPolicy, WithoutBackoffEveryRestartIsAtOnce) {
  restart_policy hasty{restart_strategy::one_for_one,
                       {1000, seconds{10}, milliseconds{0}, milliseconds{0}}};
  for (int n = 0; n < 100; ++n)
    EXPECT_EQ(fail(hasty, 0).delay.count(), 0);
}

TEST_F(RestartPolicy, ATransientChildThatEndsInOrderIsDone) {
  const auto decision =
    one_for_all.child_ended(0, 4, child_kind::transient, false, now);
  EXPECT_EQ(decision.action, restart_action::forget);
  EXPECT_EQ(decision.restarts, 0u);
  EXPECT_EQ(fail(one_for_all, 0, child_kind::transient).action,
            restart_action::restart);
}

TEST_F(RestartPolicy, APermanentChildIsRestartedHoweverItEnds) {
  const auto decision =
    one_for_one.child_ended(0, 4, child_kind::permanent, false, now);
  EXPECT_EQ(decision.action, restart_action::restart);
}

TEST_F(RestartPolicy, FailuresOfTemporaryChildrenCountButRestartNothing) {
  for (int n = 0; n < 4; ++n)
    EXPECT_EQ(fail(one_for_all, 0, child_kind::temporary).action,
              restart_action::forget);
  EXPECT_EQ(one_for_all.dynamic_child_failed(now).action,
            restart_action::escalate);
}

TEST_F(RestartPolicy, NoRestartsAllowedMeansTheFirstFailureIsPassedUpwards) {
  restart_policy strict{restart_strategy::one_for_one,
                        {0, seconds{10}, milliseconds{0}, milliseconds{0}}};
  EXPECT_EQ(fail(strict, 0).action, restart_action::escalate);
}

TEST_F(RestartPolicy, SaysWhatItDecided) {
  EXPECT_EQ(describe(fail(rest_for_one, 1)), "restart with 2 siblings at once");
  EXPECT_EQ(describe(fail(rest_for_one, 3)), "restart in 10ms");
  EXPECT_EQ(describe(fail(rest_for_one, 2)), "restart with 1 sibling in 20ms");
  EXPECT_EQ(describe(restart_decision{}), "forget");
}

} // namespace
} // namespace apogee::core
