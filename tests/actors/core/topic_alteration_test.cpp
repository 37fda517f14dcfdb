#include "actors/core/topic_alteration.hpp"

#include <gtest/gtest.h>

#include <array>

namespace apogee::core {

namespace {

constexpr std::uint32_t queues_max = 16;

topic_info orders() {
  topic_wish wish;
  wish.write_queues = wish.read_queues = 4;
  return *alter(new_topic("orders"), wish, queues_max);
}

TEST(TopicAlteration, ANewTopicHasDefaults) {
  const auto topic = alter(new_topic("orders"), {}, queues_max);
  ASSERT_TRUE(topic);
  EXPECT_EQ(topic->queues, 8u);
  EXPECT_EQ(topic->write_queues, 8u);
  EXPECT_EQ(topic->read_queues, 8u);
  EXPECT_EQ(topic->permission, 6);
}

TEST(TopicAlteration, WhatIsNotWishedStays) {
  topic_wish wish;
  wish.permission = 4;
  const auto topic = alter(orders(), wish, queues_max);
  ASSERT_TRUE(topic);
  EXPECT_EQ(topic->write_queues, 4u);
  EXPECT_EQ(topic->read_queues, 4u);
  EXPECT_EQ(topic->permission, 4);
}

TEST(TopicAlteration, QueuesThatAreNoLongerUsedStayInExistence) {
  topic_wish wish;
  wish.write_queues = 2;
  const auto draining = alter(orders(), wish, queues_max);
  ASSERT_TRUE(draining);
  EXPECT_EQ(draining->write_queues, 2u);
  EXPECT_EQ(draining->read_queues, 4u);
  EXPECT_EQ(draining->sendable_queues(), 4u);
  wish.read_queues = 2;
  const auto small = alter(*draining, wish, queues_max);
  ASSERT_TRUE(small);
  EXPECT_EQ(small->sendable_queues(), 2u);
  EXPECT_EQ(small->queues, 4u);
}

TEST(TopicAlteration, RefusesWhatATopicCannotBe) {
  topic_wish none;
  none.read_queues = 0;
  EXPECT_EQ(alter(orders(), none, queues_max).error().code,
            errc::invalid_argument);
  topic_wish many;
  many.write_queues = queues_max + 1;
  EXPECT_NE(alter(orders(), many, queues_max)
              .error()
              .text.find("broker.queues-per-topic-max"),
            std::string::npos);
  for (const auto permission : std::array<std::uint8_t, 4>{0, 1, 8, 14}) {
    topic_wish odd;
    odd.permission = permission;
    EXPECT_FALSE(alter(orders(), odd, queues_max)) << int{permission};
  }
  EXPECT_EQ(alter(new_topic("no spaces"), {}, queues_max).error().code,
            errc::illegal_name);
}

TEST(TopicAlteration, AttributesAreSetAndRemoved) {
  auto topic = orders();
  ASSERT_TRUE(change_attributes(topic.attributes, "+message.type=FIFO"));
  EXPECT_EQ(topic.attributes.at("message.type"), "FIFO");
  ASSERT_TRUE(change_attributes(topic.attributes, "-message.type"));
  EXPECT_TRUE(topic.attributes.empty());
}

TEST(TopicAlteration, AttributesThatAreUnknownChangeNothing) {
  auto topic = orders();
  for (const auto* wrong :
       {"+message.type=FIFO,+colour=red", "+message.type=odd", "message.type=x",
        "+", "-colour", "+=", ",,"}) {
    EXPECT_FALSE(change_attributes(topic.attributes, wrong)) << wrong;
    EXPECT_TRUE(topic.attributes.empty()) << wrong;
  }
}

} // namespace

} // namespace apogee::core
