#include "nodes/cli/group_view.hpp"
#include "tests/nodes/remoting_node_test.hpp"

#include <memory>

/// What RocketMQ's tools ask of a broker.
namespace apogee::remoting {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto success = static_cast<int>(response_code::success);

class RemotingTools : public remoting_node_test {
protected:
  void SetUp() override {
    remoting_node_test::SetUp();
    tool_ = std::make_unique<raw_client>(broker_port());
  }

  /// A member of group "readers", and a producer of "writers".
  static std::string beat() {
    return R"({"clientID":"one","consumerDataSet":[{"groupName":"readers","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET","subscriptionDataSet":[{"topic":"good","subString":"red || blue","tagsSet":["red","blue"],"subVersion":7}]}],"producerDataSet":[{"groupName":"writers"}]})";
  }

  static void join(raw_client& client) {
    client.ask(request_code::heartbeat, {}, beat());
    client.next(); // the answer, and the news that there is a member
    client.next();
  }

  std::unique_ptr<raw_client> tool_;
};

} // namespace

TEST_F(RemotingTools, ABrokerTellsItsState) {
  const auto state = tool_->call(request_code::get_broker_runtime_info, {});
  ASSERT_EQ(state.code, success) << state.remark;
  for (const auto* key :
       {"brokerVersionDesc", "putTps", "getTransferredTps", "bootTimestamp",
        "commitLogDiskRatio", "earliestMessageTimeStamp", "timerReadBehind",
        "sendThreadPoolQueueSize", "brokerActive"})
    EXPECT_THAT(state.body, HasSubstr("\"" + std::string{key} + "\":"));
  EXPECT_THAT(state.body, HasSubstr(R"("putMessageTimesTotal":"1")"));
}

TEST_F(RemotingTools, SettingsAreShownAndRefusedToChange) {
  const auto shown = tool_->call(request_code::get_broker_config, {});
  ASSERT_EQ(shown.code, success);
  EXPECT_THAT(shown.at("version"), HasSubstr("counter"));
  EXPECT_THAT(shown.body, HasSubstr("maxMessageSize=4194304\n"));
  EXPECT_THAT(shown.body,
              HasSubstr("listenPort=" + std::to_string(broker_port()) + "\n"));
  EXPECT_EQ(
    tool_
      ->call(request_code::update_broker_config, {}, "maxMessageSize=4194304\n")
      .code,
    success);
  const auto refused =
    tool_->call(request_code::update_broker_config, {}, "listenPort=6\n");
  EXPECT_EQ(refused.code, static_cast<int>(response_code::no_permission));
  EXPECT_THAT(refused.remark, HasSubstr("listenPort"));
  EXPECT_THAT(refused.remark, HasSubstr("broker.port"));
  EXPECT_THAT(
    tool_->call(request_code::update_broker_config, {}, "odd=6\n").remark,
    HasSubstr("odd"));
}

TEST_F(RemotingTools, TopicsTellTheirShapeAndHowFullTheyAre) {
  ASSERT_EQ(
    tool_->call(request_code::send_message_v2, send_fields(topic, 1), "x").code,
    success);
  const auto stats =
    tool_->call(request_code::get_topic_stats_info, {{"topic", topic}});
  ASSERT_EQ(stats.code, success) << stats.remark;
  EXPECT_THAT(stats.body, HasSubstr(R"("queueId":1,"topic":"good"}:)"));
  EXPECT_THAT(stats.body, HasSubstr(R"("maxOffset":1,"minOffset":0)"));
  EXPECT_THAT(stats.body,
              Not(HasSubstr(R"("lastUpdateTimestamp":0,"maxOffset":1)")));
  EXPECT_EQ(
    tool_->call(request_code::get_topic_stats_info, {{"topic", "nothing"}})
      .code,
    static_cast<int>(response_code::topic_not_exist));
  EXPECT_THAT(
    tool_->call(request_code::get_topic_config, {{"topic", topic}}).body,
    HasSubstr(R"("readQueueNums":2)"));
  EXPECT_THAT(
    tool_->call(request_code::get_all_topic_config, {}).body,
    AllOf(HasSubstr(R"("topicConfigTable":{)"), HasSubstr(R"("good":{)")));
}

TEST_F(RemotingTools, MembersOfGroupsAreShown) {
  constexpr auto consumers = request_code::get_consumer_connection_list;
  constexpr auto producers = request_code::get_producer_connection_list;
  EXPECT_EQ(tool_->call(consumers, {{"consumerGroup", "readers"}}).code,
            static_cast<int>(response_code::consumer_not_online));
  EXPECT_THAT(tool_->call(producers, {{"producerGroup", "writers"}}).remark,
              HasSubstr("the producer group[writers] not exist"));
  raw_client member{broker_port()};
  join(member);
  const auto shown = tool_->call(consumers, {{"consumerGroup", "readers"}});
  ASSERT_EQ(shown.code, success) << shown.remark;
  EXPECT_THAT(shown.body, HasSubstr(R"("clientId":"one")"));
  EXPECT_THAT(shown.body,
              HasSubstr(R"("consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET")"));
  EXPECT_THAT(shown.body, HasSubstr(R"("tagsSet":["red","blue"])"));
  EXPECT_THAT(shown.body, HasSubstr(R"("codeSet":[112785,3027034])"));
  EXPECT_THAT(tool_->call(producers, {{"producerGroup", "writers"}}).body,
              HasSubstr(R"("clientId":"one")"));
  EXPECT_EQ(
    tool_->call(request_code::query_topic_consume_by_who, {{"topic", topic}})
      .body,
    R"({"groupList":["readers"]})");
}

TEST_F(RemotingTools, TheCommandLineShowsMembersAndWhatTheyWant) {
  raw_client one{broker_port()};
  join(one);
  raw_client two{broker_port()};
  auto other = beat();
  other.replace(other.find(R"("one")"), 5, R"("two")");
  other.replace(other.find("red || blue"), 11, "green");
  two.ask(request_code::heartbeat, {}, other);
  two.next();
  cli::target_options target;
  target.broker = node_.address();
  cli::session nodes{target};
  cli::group_map groups;
  EXPECT_TRUE(eventually(
    [&] {
      groups.clear();
      return cli::query_groups(nodes, "readers", groups)
             && groups["readers"].members.size() == 2;
    },
    patience));
  const auto& readers = groups["readers"];
  const auto& first = readers.members.at("one");
  EXPECT_EQ(first.language, "JAVA");
  EXPECT_THAT(first.address, HasSubstr("127.0.0.1:"));
  EXPECT_EQ(first.subscriptions.at(topic), "red || blue");
  EXPECT_EQ(readers.members.at("two").subscriptions.at(topic), "green");
  EXPECT_EQ(readers.differing_topics(), std::set<std::string>{topic});
}

TEST_F(RemotingTools, AQuestionIsRelayedToTheMemberThatItNames) {
  constexpr auto question = request_code::get_consumer_running_info;
  const fields one{{"consumerGroup", "readers"},
                   {"clientId", "one"},
                   {"jstackEnable", "false"}};
  EXPECT_THAT(tool_->call(question, one).remark,
              HasSubstr("The Consumer <readers> <one> not online"));
  raw_client member{broker_port()};
  join(member);
  tool_->ask(question, one);
  const auto asked = member.next();
  ASSERT_EQ(asked.code, static_cast<int>(question));
  EXPECT_EQ(asked.at("consumerGroup"), "readers");
  member.answer(asked.opaque, "how it runs");
  EXPECT_EQ(tool_->next().body, "how it runs");
}

} // namespace apogee::remoting
