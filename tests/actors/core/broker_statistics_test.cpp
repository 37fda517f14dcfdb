#include "actors/core/broker_statistics.hpp"
#include "actors/core/recent_readers.hpp"

#include <gtest/gtest.h>

#include <string>

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

TEST_F(BrokerStatistics, KnowsHowFarAGroupIsInSoManyQueuesAndNotInAnyMore) {
  const auto readers = statistics.group_get("orders", "readers");
  for (std::uint32_t queue = 0; queue < group_flow::queues_max; ++queue)
    readers->pulling(1'000'000 + queue, {1});
  readers->pulling(0xffffffff, {7});
  readers->pulling(1'000'000, {8});
  EXPECT_EQ(readers->pulled(0xffffffff), queue_offset{0});
  EXPECT_EQ(readers->pulled(1'000'000), queue_offset{8});
}

TEST_F(BrokerStatistics, WhatADeletedTopicsGroupsReadIsForgotten) {
  const auto kept = statistics.group_get("orders", "readers");
  kept->pulling(0, {7});
  statistics.group_get("orders2", "readers")->pulling(0, {9});
  statistics.sample(now);
  statistics.forget_topic("orders");
  EXPECT_TRUE(kept->is_forgotten());
  EXPECT_FALSE(statistics.known_group_get("orders", "readers"));
  EXPECT_EQ(statistics.known_group_get("orders2", "readers")->pulled(0),
            queue_offset{9});
  EXPECT_EQ(statistics.group_get("orders", "readers")->pulled(0),
            queue_offset{0});
  pass(30h);
  EXPECT_TRUE(statistics.report(flow_kind::broker_get, {}, now));
}

TEST_F(BrokerStatistics, WhatADeletedGroupReadIsForgotten) {
  statistics.group_get("orders", "readers")->add(1, 1);
  statistics.group_get("orders", "other-readers")->add(1, 1);
  statistics.forget_group("readers");
  EXPECT_FALSE(statistics.known_group_get("orders", "readers"));
  EXPECT_TRUE(statistics.known_group_get("orders", "other-readers"));
}

TEST_F(BrokerStatistics, WhatNeverCarriedAnythingIsForgottenAfterAnHour) {
  statistics.topic_put("silent");
  statistics.topic_put("used")->add(1, 1);
  pass(2h);
  EXPECT_FALSE(put("silent"));
  EXPECT_TRUE(put("used"));
}

TEST_F(BrokerStatistics, InventedGroupsCountForTheBrokerAlone) {
  recent_readers readers;
  const group_table groups;
  for (int i = 0; i < 100; ++i)
    readers.find(statistics, groups, "orders", "invented" + std::to_string(i))
      ->add(1, 1);
  EXPECT_FALSE(statistics.known_group_get("orders", "invented0"));
  EXPECT_EQ(
    statistics.report(flow_kind::broker_get, {}, now)->day.carried.messages,
    100u);
}

TEST_F(BrokerStatistics, AReaderIsFoundAgainUntilItsTopicIsDeleted) {
  broker_statistics roomy;
  recent_readers readers;
  group_table groups;
  group_config group;
  group.name = "readers";
  groups.take(group);
  const auto first = readers.find(roomy, groups, "orders", "readers");
  for (std::size_t i = 0; i < recent_readers::kept_max; ++i) {
    const auto topic = "topic" + std::to_string(i);
    EXPECT_EQ(readers.find(roomy, groups, topic, "readers"),
              roomy.group_get(topic, "readers"));
  }
  EXPECT_EQ(readers.find(roomy, groups, "orders", "readers"), first);
  roomy.forget_topic("orders");
  const auto next = readers.find(roomy, groups, "orders", "readers");
  EXPECT_NE(next, first);
  EXPECT_EQ(next, roomy.known_group_get("orders", "readers"));
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
