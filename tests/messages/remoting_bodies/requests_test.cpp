// What servers receive, other than heartbeats.
#include "messages/remoting_bodies/assignment.hpp"
#include "messages/remoting_bodies/group_config.hpp"
#include "messages/remoting_bodies/offset_tables.hpp"
#include "messages/remoting_bodies/queue_locks.hpp"
#include "messages/remoting_bodies/subscription.hpp"
#include "messages/remoting_bodies/topic_config.hpp"

#include <gtest/gtest.h>

namespace apogee::remoting {

namespace {

const message_queue queue{"T", "broker-a", 0};

template <class T>
T value_of(result<T> parsed) {
  EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().text);
  return parsed ? *std::move(parsed) : T{};
}

} // namespace

TEST(Requests, QueueLockOfJava) {
  const auto lock = value_of(parse_queue_lock_request(
    R"({"clientId":"c","consumerGroup":"g","mqSet":[{"brokerName":"broker-a",)"
    R"("queueId":0,"topic":"T"}],"onlyThisBroker":true})"));
  EXPECT_EQ(lock.client_id, "c");
  EXPECT_EQ(lock.group, "g");
  EXPECT_EQ(lock.queues, std::vector{queue});
  EXPECT_TRUE(lock.only_this_broker);
}

TEST(Requests, QueueLockOfGoAndCpp) {
  const auto go = value_of(parse_queue_lock_request(
    R"({"consumerGroup":"g","clientId":"c","mqSet":[{"topic":"T",)"
    R"("brokerName":"broker-a","queueId":0}]})"));
  EXPECT_EQ(go.queues, std::vector{queue});
  const auto cpp = value_of(
    parse_queue_lock_request("{\"clientId\":\"c\",\"consumerGroup\":\"g\"}\n"));
  EXPECT_TRUE(cpp.queues.empty());
}

TEST(Requests, ClientConfigCheck) {
  const auto check = value_of(parse_client_config_check(
    R"({"clientId":"c","group":"g","subscriptionData":{"classFilterMode":false,)"
    R"("codeSet":[],"expressionType":"SQL92","subString":"a = 1",)"
    R"("subVersion":1,"tagsSet":[],"topic":"T"}})"));
  EXPECT_EQ(check.group, "g");
  EXPECT_EQ(check.subscription.expression_type, "SQL92");
  EXPECT_EQ(check.subscription.expression, "a = 1");
}

TEST(Requests, GroupConfigKeepsDefaultsOfWhatIsMissing) {
  const auto group = value_of(parse_group_config(
    R"({"groupName":"G","consumeEnable":false,"retryMaxTimes":3})"));
  EXPECT_FALSE(group.can_consume);
  EXPECT_EQ(group.retries_max, 3);
  EXPECT_TRUE(group.can_broadcast);
  EXPECT_EQ(group.retry_queues, 1);
  EXPECT_EQ(group.consume_timeout_minutes, 15);
}

TEST(Requests, GroupConfigOfJava5ComesBackAsItWas) {
  const std::string text =
    R"({"attributes":{"a":"b"},"brokerId":1,"consumeBroadcastEnable":false,)"
    R"("consumeEnable":true,"consumeFromMinEnable":false,)"
    R"("consumeMessageOrderly":true,"consumeTimeoutMinute":5,)"
    R"("groupName":"G","groupRetryPolicy":{"customizedRetryPolicy":)"
    R"({"next":[1000,5000]},"exponentialRetryPolicy":{"initial":1,)"
    R"("max":2,"multiplier":3},"type":"EXPONENTIAL"},"groupSysFlag":2,)"
    R"("notifyConsumerIdsChangedEnable":false,"retryMaxTimes":7,)"
    R"("retryQueueNums":2,"whichBrokerWhenConsumeSlowly":0})";
  EXPECT_EQ(write_group_config(value_of(parse_group_config(text))), text);
}

TEST(Requests, ListsOfConfigs) {
  const auto topics = value_of(parse_topic_config_list(
    R"({"topicConfigList":[{"attributes":{"+message.type":"DELAY"},)"
    R"("order":true,"perm":4,"readQueueNums":8,"topicFilterType":"MULTI_TAG",)"
    R"("topicName":"T","topicSysFlag":1,"writeQueueNums":2},)"
    R"({"topicName":"U"}]})"));
  ASSERT_EQ(topics.size(), 2u);
  EXPECT_EQ(topics[0].name, "T");
  EXPECT_EQ(topics[0].read_queues, 8);
  EXPECT_EQ(topics[0].write_queues, 2);
  EXPECT_EQ(topics[0].permission, 4);
  EXPECT_EQ(topics[0].filter_type, topic_filter_type::multi_tag);
  EXPECT_TRUE(topics[0].is_ordered);
  EXPECT_EQ(topics[0].attributes.at("+message.type"), "DELAY");
  EXPECT_EQ(topics[1].permission, 6);
  EXPECT_TRUE(topics[1].attributes.empty());
  const auto groups = value_of(parse_group_config_list(
    R"({"groupConfigList":[{"groupName":"G"},{"groupName":"H"}]})"));
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[1].name, "H");
}

TEST(Requests, ConsumerStatusOfJavaAndGo) {
  const auto status = value_of(parse_consumer_status(
    R"({"consumerTable":{},"messageQueueTable":{{"brokerName":"broker-a",)"
    R"("queueId":0,"topic":"T"}:5,{"topic":"T","brokerName":"broker-a",)"
    R"("queueId":1}:-1}})"));
  EXPECT_EQ(status, (offset_table{{queue, 5}, {{"T", "broker-a", 1}, -1}}));
}

TEST(Requests, ConsumerStatusWithKeysInTexts) {
  const auto status = value_of(parse_consumer_status(
    R"({"messageQueueTable":{"{\"brokerName\":\"broker-a\",\"queueId\":0,)"
    R"(\"topic\":\"T\"}":5}})"));
  EXPECT_EQ(status, (offset_table{{queue, 5}}));
  EXPECT_EQ(
    parse_consumer_status(R"({"messageQueueTable":{"T":5}})").error().text,
    "consumer status: messageQueueTable[0]: key: byte 1: the body "
    "ends too early");
}

TEST(Requests, Assignment) {
  const auto request = value_of(parse_assignment_request(
    R"({"clientId":"c","consumerGroup":"g","messageModel":"BROADCASTING",)"
    R"("strategyName":"AVG","topic":"T"})"));
  EXPECT_EQ(request.client_id, "c");
  EXPECT_EQ(request.group, "g");
  EXPECT_EQ(request.topic, "T");
  EXPECT_EQ(request.strategy, "AVG");
  EXPECT_EQ(request.model, message_model::broadcasting);
}

TEST(Requests, DataVersionComesBackAsItWas) {
  const std::string text =
    R"({"counter":1,"stateVersion":0,"timestamp":1700000000000})";
  EXPECT_EQ(write_data_version(value_of(parse_data_version(text))), text);
}

} // namespace apogee::remoting
