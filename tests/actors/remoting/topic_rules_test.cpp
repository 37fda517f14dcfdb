#include "actors/remoting/response_codes.hpp"
#include "actors/remoting/topic_rules.hpp"

#include <gtest/gtest.h>

namespace apogee::remoting {

namespace {

send_header make(std::string_view topic, std::string_view properties = {}) {
  send_header header;
  header.topic = topic;
  header.properties = properties;
  header.default_topic = template_topic;
  header.default_topic_queues = 4;
  return header;
}

} // namespace

TEST(TopicRules,
     ATopicIsCreatedWithAsManyQueuesAsTheClientAndTheTemplateAllow) {
  auto header = make("orders");
  EXPECT_EQ(topic_to_create(header, {})->queues, 4u);
  header.default_topic_queues = 100;
  EXPECT_EQ(topic_to_create(header, {})->queues, 8u);
  header.default_topic_queues = -1;
  EXPECT_EQ(topic_to_create(header, {})->queues, 1u);
  header.default_topic = "other";
  EXPECT_EQ(topic_to_create(header, {}).error().code, errc::unknown_topic);
}

TEST(TopicRules, WithoutAutoCreationNoTopicIsCreated) {
  config::remoting_settings settings;
  settings.auto_create_topics = false;
  const auto refused = topic_to_create(make("orders"), settings);
  EXPECT_EQ(code_of(refused.error()), response_code::topic_not_exist);
}

TEST(TopicRules, WhatIsNotServedIsRefusedAndNeverStoredAsSomethingElse) {
  for (const std::string_view properties : {"DELAY\1"
                                            "3\2",
                                            "TIMER_DELAY_MS\1"
                                            "50\2",
                                            "TRAN_MSG\1true\2",
                                            "__STARTDELIVERTIME\1"
                                            "1\2"})
    EXPECT_EQ(check_send(make("t", properties)).error().code,
              errc::not_supported)
      << properties;
  auto half = make("t");
  half.sys_flag = 4;
  EXPECT_EQ(check_send(half).error().code, errc::not_supported);
  EXPECT_TRUE(check_send(make("t", "DELAY\1"
                                   "0\2TRAN_MSG\1false\2")));
}

TEST(TopicRules, TopicsOfTheBrokerAreClosed) {
  const auto refused = check_send(make("SCHEDULE_TOPIC_XXXX"));
  EXPECT_EQ(code_of(refused.error()), response_code::no_permission);
}

TEST(TopicRules, ASendWaitsForTheDiskWhereTheBrokerSaysSoAndTheSenderCares) {
  EXPECT_EQ(ack_of(make("t"), false, false), ack_level::memory);
  EXPECT_EQ(ack_of(make("t"), true, false), ack_level::disk);
  EXPECT_EQ(ack_of(make("t", "WAIT\1true\2"), true, false), ack_level::disk);
  EXPECT_EQ(ack_of(make("t", "WAIT\1false\2"), true, false), ack_level::memory);
  EXPECT_EQ(ack_of(make("t"), true, true), ack_level::memory);
}

} // namespace apogee::remoting
