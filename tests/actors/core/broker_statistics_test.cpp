#include "actors/core/broker_statistics.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

namespace {

using namespace std::chrono_literals;

class BrokerStatistics : public testing::Test {
protected:
  /// Lets time pass, with samples as often as they are wanted.
  void pass(std::chrono::seconds time) {
    for (const auto end = now + time; now < end;)
      statistics.sample(now += flow_history::sample_interval);
  }

  std::optional<flow_report> put(std::string_view topic) const {
    return statistics.report(flow_kind::topic_put, topic, now);
  }

  broker_statistics statistics{4}; // the broker's two and two more
  broker_statistics::instant now{};
};

} // namespace

TEST_F(BrokerStatistics, ASingleMessageIsNoBurst) {
  statistics.topic_put("orders")->add(1, 100);
  const auto young = put("orders");
  ASSERT_TRUE(young);
  EXPECT_EQ(young->minute.carried.messages, 1u);
  EXPECT_EQ(young->day.carried.messages, 1u);
  EXPECT_EQ(young->minute.carried.bytes, 100u);
  EXPECT_DOUBLE_EQ(young->minute.messages_per_second(), 0.1);
  EXPECT_DOUBLE_EQ(young->day.messages_per_second(), 1 / 3600.0);
}

TEST_F(BrokerStatistics, WindowsForgetWhatIsOlderThanThey) {
  const auto orders = statistics.topic_put("orders");
  orders->add(60, 6000);
  pass(30s);
  orders->add(4, 400);
  EXPECT_EQ(put("orders")->minute.carried.messages, 64u);
  EXPECT_EQ(put("orders")->minute.carried.calls, 2u);
  pass(70s);
  EXPECT_EQ(put("orders")->minute.carried.messages, 0u);
  EXPECT_EQ(put("orders")->hour.carried.messages, 64u);
  pass(2h);
  EXPECT_EQ(put("orders")->hour.carried.messages, 0u);
  EXPECT_EQ(put("orders")->day.carried.messages, 64u);
  pass(25h);
  EXPECT_EQ(put("orders")->day.carried.messages, 0u);
}

TEST_F(BrokerStatistics, ASteadyRateIsSeenInEveryWindow) {
  const auto orders = statistics.topic_put("orders");
  for (int i = 0; i < 6 * 60 * 26; ++i) {
    orders->add(50, 0);
    pass(10s);
  }
  EXPECT_NEAR(put("orders")->minute.messages_per_second(), 5, 0.01);
  EXPECT_NEAR(put("orders")->hour.messages_per_second(), 5, 0.01);
  EXPECT_NEAR(put("orders")->day.messages_per_second(), 5, 0.01);
}

TEST_F(BrokerStatistics, TheBrokerIsTheSumOfWhatClientsDo) {
  statistics.topic_put("orders")->add(2, 20);
  statistics.topic_put("SCHEDULE_TOPIC_XXXX")->add(5, 50);
  statistics.group_get("orders", "readers")->add(1, 10); // one too many
  const auto put = statistics.report(flow_kind::broker_put, {}, now);
  const auto got = statistics.report(flow_kind::broker_get, {}, now);
  EXPECT_EQ(put->day.carried.messages, 2u);
  EXPECT_EQ(got->day.carried.messages, 1u);
}

TEST_F(BrokerStatistics, AGroupAndItsTopicHaveOneFlow) {
  statistics.group_get("orders", "readers")->add(3, 30);
  statistics.group_get("orders", "readers")->add(1, 10);
  const auto both =
    statistics.report(flow_kind::group_get, "orders@readers", now);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->minute.carried.messages, 4u);
  EXPECT_EQ(both->minute.carried.bytes, 40u);
  EXPECT_FALSE(statistics.report(flow_kind::send_back, "orders@readers", now));
}

TEST_F(BrokerStatistics, AGroupTellsHowFarItHasPulled) {
  const auto readers = statistics.group_get("orders", "readers");
  EXPECT_EQ(readers->pulled(3), queue_offset{0});
  readers->pulling(3, {7});
  EXPECT_EQ(statistics.group_get("orders", "readers")->pulled(3),
            queue_offset{7});
  EXPECT_EQ(readers->pulled(2), queue_offset{0});
  EXPECT_EQ(readers->pulled(4), queue_offset{0});
}

TEST_F(BrokerStatistics, WhatIsIdleForADayIsForgottenUnlessSomebodyHasIt) {
  statistics.topic_put("left")->add(1, 1);
  const auto kept = statistics.topic_put("kept");
  pass(20h);
  EXPECT_TRUE(put("left"));
  pass(10h);
  EXPECT_FALSE(put("left"));
  ASSERT_TRUE(put("kept"));
  kept->add(2, 2);
  EXPECT_EQ(put("kept")->minute.carried.messages, 2u);
  EXPECT_TRUE(statistics.report(flow_kind::broker_get, {}, now));
}

TEST_F(BrokerStatistics, KeepsNoNamesThatAreTooLong) {
  const std::string name(300, 'x');
  statistics.group_get(name, name)->add(1, 1);
  EXPECT_FALSE(statistics.known_group_get(name, name));
  EXPECT_EQ(
    statistics.report(flow_kind::broker_get, {}, now)->day.carried.messages,
    1u);
}

TEST_F(BrokerStatistics, KnowsNoMoreFlowsThanItMay) {
  statistics.topic_put("one")->add(1, 1);
  statistics.topic_put("two")->add(1, 1);
  statistics.topic_put("three")->add(1, 1);
  EXPECT_TRUE(put("two"));
  EXPECT_FALSE(put("three"));
  EXPECT_EQ(
    statistics.report(flow_kind::broker_put, {}, now)->day.carried.messages,
    3u);
  pass(30h);
  statistics.topic_put("three")->add(1, 1);
  EXPECT_TRUE(put("three"));
}

} // namespace apogee::core
