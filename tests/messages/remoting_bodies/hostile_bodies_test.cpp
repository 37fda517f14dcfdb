// Bodies that nobody means well with: each is refused, with a reason.
#include "messages/remoting_bodies/assignment.hpp"
#include "messages/remoting_bodies/group_config.hpp"
#include "messages/remoting_bodies/heartbeat.hpp"
#include "messages/remoting_bodies/offset_tables.hpp"
#include "messages/remoting_bodies/queue_locks.hpp"
#include "messages/remoting_bodies/topic_config.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apogee::remoting {

namespace {

const std::string heartbeat_text =
  R"({"clientID":"c","consumerDataSet":[{"consumeFromWhere":4,)"
  R"("groupName":"CG","subscriptionDataSet":[{"codeSet":[2598919],)"
  R"("subString":"Tag\u0041","subVersion":"1","topic":"T"}],)"
  R"('unitMode':false}],"producerDataSet":[{"groupName":"PG"}]})";

template <class T>
std::string problem_of(const result<T>& parsed) {
  return parsed ? "taken" : parsed.error().text;
}

} // namespace

TEST(HostileBodies, TruncatedAtEveryByteAreRefused) {
  ASSERT_TRUE(parse_heartbeat(heartbeat_text));
  for (std::size_t size = 0; size < heartbeat_text.size(); ++size) {
    const auto beat =
      parse_heartbeat(std::string_view{heartbeat_text}.substr(0, size));
    ASSERT_FALSE(beat) << size;
    EXPECT_EQ(beat.error().code, errc::malformed);
  }
}

TEST(HostileBodies, WithAnyByteChangedDoNoHarm) {
  auto text = heartbeat_text;
  for (auto& byte : text) {
    const auto kept = byte;
    for (int value = 0; value < 256; ++value) {
      byte = static_cast<char>(value);
      (void)parse_heartbeat(text).has_value();
    }
    byte = kept;
  }
}

TEST(HostileBodies, NestedTenThousandDeepAreRefused) {
  for (const std::string_view part : {"[", "{", "{\"a\":", "[{0:", "{{"}) {
    std::string text = R"({"clientID":"c","x":)";
    for (int i = 0; i < 10'000; ++i)
      text += part;
    const auto beat = parse_heartbeat(text);
    ASSERT_FALSE(beat);
    EXPECT_NE(beat.error().text.find("nested deeper than 64"),
              std::string::npos)
      << beat.error().text;
  }
}

TEST(HostileBodies, ThatAreNoMapsAreRefused) {
  EXPECT_EQ(problem_of(parse_heartbeat("[]")),
            "heartbeat: wants a map, not a list");
  EXPECT_EQ(problem_of(parse_heartbeat("null")),
            "heartbeat: wants a map, not null");
  EXPECT_EQ(problem_of(parse_group_config("7")),
            "group config: wants a map, not a number");
  EXPECT_EQ(problem_of(parse_heartbeat("\xFF\xFE{}")),
            "heartbeat: byte 0: a value is wanted");
}

TEST(HostileBodies, OfWrongTypesAreRefusedWithTheField) {
  EXPECT_EQ(problem_of(parse_heartbeat(R"({"clientID":["c"]})")),
            "heartbeat: clientID: wants a text, not a list");
  EXPECT_EQ(
    problem_of(parse_heartbeat(R"({"clientID":"c","consumerDataSet":{}})")),
    "heartbeat: consumerDataSet: wants a list, not a map");
  EXPECT_EQ(
    problem_of(parse_heartbeat(R"({"clientID":"c","consumerDataSet":[1]})")),
    "heartbeat: consumerDataSet[0]: wants a map, not a number");
  EXPECT_EQ(
    problem_of(parse_heartbeat(
      R"({"clientID":"c","consumerDataSet":[{"groupName":"g",)"
      R"("subscriptionDataSet":[{"topic":"T"},{"topic":"T","codeSet":[[]]}]}]})")),
    "heartbeat: consumerDataSet[0].subscriptionDataSet[1].codeSet[0]: wants a "
    "number, not a list");
  EXPECT_EQ(
    problem_of(parse_heartbeat(R"({"clientID":"c","withoutSub":"perhaps"})")),
    "heartbeat: withoutSub: wants a boolean, not a text");
  EXPECT_EQ(problem_of(parse_heartbeat(
              R"({"clientID":"c","consumerDataSet":[{"groupName":"g",)"
              R"("consumeType":{}}]})")),
            "heartbeat: consumerDataSet[0].consumeType: wants a name, not a "
            "map");
  EXPECT_EQ(problem_of(parse_queue_lock_request(
              R"({"clientId":"c","consumerGroup":"g","mqSet":[{}]})")),
            "queue lock: mqSet[0].topic: is missing");
  EXPECT_EQ(problem_of(parse_topic_config_list(
              R"({"topicConfigList":[{"topicName":"T","attributes":[1]}]})")),
            "topic configs: topicConfigList[0].attributes: wants a map, not a "
            "list");
  EXPECT_EQ(problem_of(parse_assignment_request(R"({"clientId":"c"})")),
            "assignment: consumerGroup: is missing");
  EXPECT_EQ(problem_of(parse_consumer_status(
              R"({"messageQueueTable":{{"topic":"T"}:{}}})")),
            "consumer status: messageQueueTable[0]: wants a number, not a map");
}

TEST(HostileBodies, NumbersOutOfRangeAreRefused) {
  const auto problem = [](const std::string& number) {
    return problem_of(parse_group_config(R"({"groupName":"g","retryMaxTimes":)"
                                         + number + "}"));
  };
  const std::string wanted =
    "group config: retryMaxTimes: wants a whole number "
    "of -2147483648 to 2147483647";
  EXPECT_EQ(problem("2147483647"), "taken");
  EXPECT_EQ(problem("3.0"), "taken");
  EXPECT_EQ(problem("\"\""), "taken"); // as null
  EXPECT_EQ(problem("2147483648"), wanted);
  EXPECT_EQ(problem("-2147483649"), wanted);
  EXPECT_EQ(problem("1.5"), wanted);
  EXPECT_EQ(problem("1e999999"), wanted);
  EXPECT_EQ(problem("99999999999999999999"), wanted);
  EXPECT_EQ(problem("\"nan\""), wanted);
  EXPECT_EQ(problem("\"inf\""), wanted);
  EXPECT_EQ(problem("\" 1\""), wanted);
}

TEST(HostileBodies, ProblemsDoNotRepeatTheSendersBytes) {
  const auto text = problem_of(parse_topic_config_list(
    "{\"topicConfigList\":[{\"topicName\":\"T\",\"attributes\":"
    "{\"\x1b[2J\":[]}}]}"));
  EXPECT_EQ(text, "topic configs: topicConfigList[0].attributes[0]: wants a "
                  "text, not a list");
}

} // namespace apogee::remoting
