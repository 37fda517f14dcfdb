#include "actors/core/retry_rules.hpp"
#include "config/settings.hpp"
#include "messages/remoting/properties.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace apogee::core {

namespace {

class RetryRules : public testing::Test {
protected:
  retry_decision back(std::int32_t reconsumed, int level = 0,
                      std::optional<std::int32_t> limit = {}) const {
    return decide_send_back(group, reconsumed, level, limit, levels);
  }

  retry_decision sent(std::int32_t reconsumed, int level,
                      std::optional<std::int32_t> limit = {},
                      bool has_locks = false) const {
    return decide_retry_send(group, reconsumed, level, limit, has_locks,
                             levels);
  }

  static constexpr auto most = std::numeric_limits<std::int32_t>::max();

  group_config group;
  delay_levels levels =
    *delay_levels::parse(config::group_settings{}.delay_levels);
};

} // namespace

TEST_F(RetryRules, EachRetryWaitsLongerUntilTheDeadLetters) {
  for (auto times = 0; times < 16; ++times) {
    EXPECT_FALSE(back(times).is_dead_letter) << times;
    EXPECT_EQ(back(times).delay_level, 3 + std::min(times, 15)) << times;
  }
  EXPECT_TRUE(back(16).is_dead_letter);
}

TEST_F(RetryRules, TheMembersLimitGoesBeforeTheGroups) {
  EXPECT_FALSE(back(1, 0, 2).is_dead_letter);
  EXPECT_TRUE(back(2, 0, 2).is_dead_letter);
  EXPECT_FALSE(back(16, 0, 20).is_dead_letter);
  EXPECT_EQ(back(16, 0, 20).delay_level, 18);
  group.retries_max = 0;
  EXPECT_TRUE(back(0).is_dead_letter);
}

TEST_F(RetryRules, TheMemberMayNameALevel) {
  EXPECT_EQ(back(3, 1).delay_level, 1);
  EXPECT_EQ(back(3, 99).delay_level, 18);
  EXPECT_TRUE(back(0, -1).is_dead_letter);
}

TEST_F(RetryRules, AGroupMayHaveDelaysOfItsOwn) {
  group.retry_policy.customized = {{1'000, 5'000, 10'000, 60'000}};
  EXPECT_EQ(back(0).delay_level, 3) << "the third one is the first retry's";
  EXPECT_EQ(back(1).delay_level, 5);
  EXPECT_EQ(back(9).delay_level, 5);
  EXPECT_EQ(back(most - 1, 0, most).delay_level, 5);
  group.retry_policy.customized = {{1'000}};
  EXPECT_EQ(back(0).delay_level, 1);
  group.retry_policy = {retry_policy_type::exponential, {}, {}};
  EXPECT_EQ(back(0).delay_level, 2); // 5 s
  EXPECT_EQ(back(1).delay_level, 3); // 10 s
  EXPECT_EQ(back(3).delay_level, 5); // 40 s: the next level is a minute
  EXPECT_EQ(back(15).delay_level, 18);
  group.retry_policy.exponential = {1, 1'000, 0};
  EXPECT_EQ(back(15).delay_level, 1) << "a factor that does not grow";
  group.retry_policy.exponential = {0, 1'000, 2};
  EXPECT_EQ(back(most - 1, 0, most).delay_level, 1) << "nor a start at nothing";
}

TEST_F(RetryRules, WhatMembersSendToTheRetryTopicCountsTheComingTime) {
  EXPECT_EQ(sent(1, 4).delay_level, 4);
  EXPECT_EQ(sent(1, 0).delay_level, 0) << "at once";
  EXPECT_FALSE(sent(16, 18).is_dead_letter);
  EXPECT_TRUE(sent(17, 18).is_dead_letter);
  EXPECT_TRUE(sent(3, 4, 2).is_dead_letter);
  EXPECT_TRUE(sent(1, 4, {}, true).is_dead_letter) << "it reads in order";
}

TEST_F(RetryRules, AMessageKeepsWhereItWasFirst) {
  namespace names = remoting::property_names;
  const auto once =
    sent_back_properties("KEYS\1k\2TAGS\1a\2DELAY\1003\2", "orders", "ID1");
  EXPECT_EQ(remoting::find_property(once, names::retry_topic), "orders");
  EXPECT_EQ(remoting::find_property(once, names::origin_message_id), "ID1");
  EXPECT_EQ(remoting::find_property(once, names::keys), "k");
  EXPECT_EQ(remoting::find_property(once, names::tags), "a");
  EXPECT_FALSE(remoting::find_property(once, names::delay_level));
  EXPECT_EQ(sent_back_properties(once, "%RETRY%g", "ID2"), once);
  const auto dead = dead_letter_properties(once);
  EXPECT_EQ(remoting::find_property(dead, names::dead_letter_origin_topic),
            "orders");
  EXPECT_EQ(remoting::find_property(dead, names::dead_letter_origin_message_id),
            "ID1");
  EXPECT_EQ(dead_letter_properties(dead), dead);
  EXPECT_EQ(dead_letter_properties("KEYS\1k\2"), "KEYS\1k\2");
}

TEST_F(RetryRules, TheTimesOfAMessageDoNotOverflow) {
  EXPECT_EQ(next_reconsume_times(1), 2);
  EXPECT_EQ(next_reconsume_times(most), most);
}

TEST_F(RetryRules, APolicyHasDelaysThatCanBe) {
  EXPECT_TRUE(check_retry_policy({}));
  group_retry_policy policy;
  policy.exponential = {1, 1, 0};
  policy.customized = {{0, 1}};
  EXPECT_TRUE(check_retry_policy(policy));
  for (const auto wrong :
       {exponential_retries{0, 10, 2}, exponential_retries{10, 9, 2}}) {
    policy.exponential = wrong;
    EXPECT_EQ(check_retry_policy(policy).error().code, errc::invalid_argument);
  }
  policy.exponential.reset();
  policy.customized = {{1, -1}};
  EXPECT_EQ(check_retry_policy(policy).error().code, errc::invalid_argument);
}

} // namespace apogee::core
