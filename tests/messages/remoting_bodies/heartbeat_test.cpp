#include "messages/remoting_bodies/heartbeat.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apogee::remoting {

namespace {

heartbeat parsed(std::string_view body) {
  auto beat = parse_heartbeat(body);
  EXPECT_TRUE(beat.has_value()) << (beat ? "" : beat.error().text);
  return beat ? *beat : heartbeat{};
}

subscription_data tag_a() {
  subscription_data data;
  data.topic = "TopicTest";
  data.expression = "TagA";
  data.tags = {"TagA"};
  data.tag_codes = {2598919};
  data.version = 1700000000000;
  return data;
}

} // namespace

TEST(Heartbeat, ReadsJava4) {
  const auto beat = parsed(
    R"({"clientID":"10.1.2.3@4242","consumerDataSet":[{"consumeFromWhere":)"
    R"("CONSUME_FROM_LAST_OFFSET","consumeType":"CONSUME_PASSIVELY",)"
    R"("groupName":"CG","messageModel":"CLUSTERING","subscriptionDataSet":)"
    R"([{"classFilterMode":false,"codeSet":[2598919],"expressionType":"TAG",)"
    R"("subString":"TagA","subVersion":1700000000000,"tagsSet":["TagA"],)"
    R"("topic":"TopicTest"}],"unitMode":false}],)"
    R"("producerDataSet":[{"groupName":"PG"}]})");
  EXPECT_EQ(beat.client_id, "10.1.2.3@4242");
  EXPECT_EQ(beat.producer_groups, std::vector<std::string>{"PG"});
  ASSERT_EQ(beat.consumers.size(), 1u);
  const auto& consumer = beat.consumers[0];
  EXPECT_EQ(consumer.group, "CG");
  EXPECT_EQ(consumer.type, consume_type::passively);
  EXPECT_EQ(consumer.model, message_model::clustering);
  EXPECT_EQ(consumer.from, consume_from::last_offset);
  EXPECT_EQ(consumer.subscriptions, std::vector{tag_a()});
}

TEST(Heartbeat, ReadsJava5) {
  const auto beat = parsed(
    R"({"clientID":"10.1.2.3@4242#77","consumerDataSet":[{"consumeFromWhere":)"
    R"("CONSUME_FROM_TIMESTAMP","consumeType":"CONSUME_POP","groupName":"CG",)"
    R"("messageModel":"BROADCASTING","subscriptionDataSet":[)"
    R"({"classFilterMode":false,"codeSet":[],"expressionType":"SQL92",)"
    R"("subString":"a > 3","subVersion":1700000000001,"tagsSet":[],)"
    R"("topic":"TopicTest"}],"unitMode":true}],"heartbeatFingerprint":-7,)"
    R"("producerDataSet":[{"groupName":"CLIENT_INNER_PRODUCER"}],)"
    R"("withoutSub":true})");
  EXPECT_EQ(beat.fingerprint, -7);
  EXPECT_TRUE(beat.without_subscriptions);
  const auto& consumer = beat.consumers.at(0);
  EXPECT_EQ(consumer.type, consume_type::pop);
  EXPECT_EQ(consumer.model, message_model::broadcasting);
  EXPECT_EQ(consumer.from, consume_from::timestamp);
  EXPECT_TRUE(consumer.unit_mode);
  EXPECT_EQ(consumer.subscriptions.at(0).expression_type, "SQL92");
  EXPECT_EQ(consumer.subscriptions.at(0).expression, "a > 3");
}

TEST(Heartbeat, ReadsGo) {
  // Codes of tags are texts; '>' comes escaped.
  const auto beat = parsed(
    R"({"clientID":"10.1.2.3@1","producerDataSet":[],"consumerDataSet":[)"
    R"({"groupName":"CG","consumeType":"CONSUME_PASSIVELY",)"
    R"("messageModel":"CLUSTERING","consumeFromWhere":)"
    R"("CONSUME_FROM_FIRST_OFFSET","subscriptionDataSet":[)"
    R"({"classFilterMode":false,"topic":"TopicTest","subString":"TagA",)"
    R"("tagsSet":["TagA"],"codeSet":["2598919"],"subVersion":1700000000000,)"
    R"("expressionType":"TAG"},{"classFilterMode":false,"topic":"%RETRY%CG",)"
    R"("subString":"*","tagsSet":[],"codeSet":[],"subVersion":1,)"
    R"("expressionType":"a \u003e 3"}],"unitMode":false}]})");
  const auto& consumer = beat.consumers.at(0);
  EXPECT_EQ(consumer.from, consume_from::first_offset);
  EXPECT_EQ(consumer.subscriptions.at(0), tag_a());
  EXPECT_EQ(consumer.subscriptions.at(1).topic, "%RETRY%CG");
  EXPECT_EQ(consumer.subscriptions.at(1).expression_type, "a > 3");
}

TEST(Heartbeat, ReadsCpp) {
  // Ordinals, a text for the version, sets left out, a newline at the end.
  const auto beat = parsed(
    "{\"clientID\":\"10.1.2.3@DEFAULT\",\"consumerDataSet\":[{"
    "\"consumeFromWhere\":4,\"consumeType\":1,\"groupName\":\"CG\","
    "\"messageModel\":1,\"subscriptionDataSet\":[{\"codeSet\":[2598919],"
    "\"subString\":\"TagA\",\"subVersion\":\"1700000000000\","
    "\"tagsSet\":[\"TagA\"],\"topic\":\"TopicTest\"},{\"subString\":\"*\","
    "\"subVersion\":\"1\",\"topic\":\"%RETRY%CG\"}]}]}\n");
  EXPECT_TRUE(beat.producer_groups.empty());
  const auto& consumer = beat.consumers.at(0);
  EXPECT_EQ(consumer.from, consume_from::first_offset);
  EXPECT_EQ(consumer.type, consume_type::passively);
  EXPECT_EQ(consumer.model, message_model::clustering);
  EXPECT_EQ(consumer.subscriptions.at(0), tag_a());
  EXPECT_EQ(consumer.subscriptions.at(1).version, 1);
  EXPECT_TRUE(consumer.subscriptions.at(1).tags.empty());
}

TEST(Heartbeat, ReadsOrdinalsOfActiveAndBroadcasting) {
  const auto beat =
    parsed(R"({"clientID":"c","consumerDataSet":[{"consumeFromWhere":"0",)"
           R"("consumeType":0,"groupName":"CG","messageModel":0}]})");
  EXPECT_EQ(beat.consumers.at(0).type, consume_type::actively);
  EXPECT_EQ(beat.consumers.at(0).model, message_model::broadcasting);
}

TEST(Heartbeat, ReadsNode) {
  const auto beat = parsed(
    R"({"clientID":"10.1.2.3@4242","consumerDataSet":[{"groupName":"CG",)"
    R"("consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING",)"
    R"("consumeFromWhere":"CONSUME_FROM_LAST_OFFSET","subscriptionDataSet":[)"
    R"({"topic":"TopicTest","subString":"TagA","classFilterMode":false,)"
    R"("tagsSet":["TagA"],"codeSet":[2598919],"subVersion":1700000000000}],)"
    R"("unitMode":false}],)"
    R"("producerDataSet":[{"groupName":"CLIENT_INNER_PRODUCER"}]})");
  EXPECT_EQ(beat.consumers.at(0).subscriptions.at(0), tag_a());
}

TEST(Heartbeat, TakesNullAndNothingAlike) {
  const auto beat =
    parsed(R"({"clientID":"c","consumerDataSet":[{"groupName":"CG",)"
           R"("consumeType":null,"subscriptionDataSet":[null,{"topic":"T",)"
           R"("expressionType":null,"codeSet":null,"tagsSet":null,)"
           R"("subVersion":null}],"unitMode":null}],"producerDataSet":null})");
  const auto& consumer = beat.consumers.at(0);
  EXPECT_EQ(consumer.type, consume_type::passively);
  ASSERT_EQ(consumer.subscriptions.size(), 1u);
  EXPECT_EQ(consumer.subscriptions[0].expression_type, "TAG");
  EXPECT_EQ(consumer.subscriptions[0].expression, "*");
}

TEST(Heartbeat, TakesUnknownNamesAsAbsent) {
  const auto beat =
    parsed(R"({"clientID":"c","consumerDataSet":[{"groupName":"CG",)"
           R"("consumeType":"CONSUME_SOMEHOW","messageModel":9,)"
           R"("consumeFromWhere":"","later":{"x":[1]}}]})");
  EXPECT_EQ(beat.consumers.at(0).type, consume_type::passively);
  EXPECT_EQ(beat.consumers.at(0).model, message_model::clustering);
  EXPECT_EQ(beat.consumers.at(0).from, consume_from::last_offset);
}

TEST(Heartbeat, RefusesReferences) {
  const auto beat =
    parse_heartbeat(R"({"clientID":"c","consumerDataSet":[{"groupName":"g",)"
                    R"("subscriptionDataSet":[{"$ref":"$.a[0]"}]}]})");
  ASSERT_FALSE(beat);
  EXPECT_EQ(to_string(beat.error()),
            "not-supported: heartbeat: "
            "consumerDataSet[0].subscriptionDataSet[0]: '$ref' stands where "
            "the value itself is wanted");
}

TEST(Heartbeat, NeedsWhoSendsIt) {
  EXPECT_EQ(parse_heartbeat("{}").error().text,
            "heartbeat: clientID: is missing");
  EXPECT_EQ(parse_heartbeat(
              R"({"clientID":"c","producerDataSet":[{"groupName":"a"},{}]})")
              .error()
              .text,
            "heartbeat: producerDataSet[1].groupName: is missing");
}

} // namespace apogee::remoting
