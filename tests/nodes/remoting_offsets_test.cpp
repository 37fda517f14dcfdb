#include "tests/nodes/native_reader.hpp"
#include "tests/nodes/remoting_node_test.hpp"

#include <atomic>
#include <memory>

/// How far groups have come: what RocketMQ's tools see of it and set.
namespace apogee::remoting {

namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto success = static_cast<int>(response_code::success);
constexpr auto moved = static_cast<int>(response_code::pull_offset_moved);

class RemotingOffsets : public remoting_node_test {
protected:
  void SetUp() override {
    remoting_node_test::SetUp();
    tool_ = std::make_unique<raw_client>(broker_port());
    end_ = std::stoi(max_offset(*tool_, 0));
  }

  void put(int queue, int count = 1) {
    for (int i = 0; i < count; ++i)
      remoting_node_test::put(*tool_, topic, queue);
    if (queue == 0)
      end_ += count;
  }

  /// Reads past what the member is told meanwhile.
  static received await(raw_client& client, request_code code) {
    for (;;) {
      auto next = client.next();
      if (next.code == static_cast<int>(code) || next.code == -1)
        return next;
    }
  }

  static received call(raw_client& client, request_code code,
                       const fields& with) {
    client.ask(code, with);
    for (;;) {
      auto next = client.next();
      if (next.code
            != static_cast<int>(request_code::notify_consumer_ids_changed)
          && next.code
               != static_cast<int>(request_code::reset_consumer_client_offset))
        return next;
    }
  }

  /// Member `id` of group "readers".
  std::unique_ptr<raw_client> join(const std::string& id) {
    auto client = std::make_unique<raw_client>(broker_port());
    client->ask(
      request_code::heartbeat, {},
      R"({"clientID":")" + id
        + R"(","consumerDataSet":[{"groupName":"readers","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionDataSet":[{"topic":"good","subString":"*","subVersion":1},{"topic":"%RETRY%readers","subString":"*","subVersion":1}]}]})");
    client->next(); // the answer, and the news that there is a member
    client->next();
    return client;
  }

  static fields place(int queue, const std::string& group = "readers") {
    return {{"consumerGroup", group},
            {"topic", topic},
            {"queueId", std::to_string(queue)},
            {"setZeroIfNotFound", "false"}};
  }

  static void commit(raw_client& client, int queue, int offset) {
    auto with = place(queue);
    with.emplace_back("commitOffset", std::to_string(offset));
    EXPECT_EQ(call(client, request_code::update_consumer_offset, with).code,
              success);
  }

  std::string committed(int queue, const std::string& group = "readers") {
    return tool_->call(request_code::query_consumer_offset, place(queue, group))
      .at("offset");
  }

  /// A tool's reset: time -1 is the end.
  received reset(const std::string& time, const fields& more = {}) {
    fields with{{"topic", topic}, {"group", "readers"}, {"timestamp", time}};
    with.insert(with.end(), more.begin(), more.end());
    return tool_->call(request_code::invoke_broker_to_reset_offset, with);
  }

  std::string progress(const std::string& group = "readers",
                       const fields& more = {}) {
    fields with{{"consumerGroup", group}};
    with.insert(with.end(), more.begin(), more.end());
    const auto shown = tool_->call(request_code::get_consume_stats, with);
    EXPECT_EQ(shown.code, success) << shown.remark;
    return shown.body;
  }

  static std::string named(int queue, const std::string& of = topic) {
    return R"({"brokerName":"apogee","queueId":)" + std::to_string(queue)
           + R"(,"topic":")" + of + R"("})";
  }

  std::unique_ptr<raw_client> tool_;
  int end_ = 0; ///< of queue 0
};

} // namespace

// -- looking ------------------------------------------------------------------

TEST_F(RemotingOffsets, TheEarliestMessageOfAQueueHasATime) {
  constexpr auto code = request_code::get_earliest_message_store_time;
  put(0);
  const auto time = tool_->call(code, {{"topic", topic}, {"queueId", "0"}});
  ASSERT_EQ(time.code, success) << time.remark;
  EXPECT_GT(std::stoll(time.at("timestamp")), 1'700'000'000'000);
  ASSERT_TRUE(admin().create_topic("empty", 1));
  EXPECT_EQ(
    tool_->call(code, {{"topic", "empty"}, {"queueId", "0"}}).at("timestamp"),
    "-1");
  EXPECT_EQ(tool_->call(code, {{"topic", "none"}, {"queueId", "0"}}).code,
            static_cast<int>(response_code::topic_not_exist));
}

TEST_F(RemotingOffsets, ProgressIsShownByQueue) {
  put(0, 5);
  const auto member = join("one");
  commit(*member, 0, 2);
  const auto shown = progress();
  EXPECT_THAT(shown,
              HasSubstr(named(0) + R"(:{"brokerOffset":)" + std::to_string(end_)
                        + R"(,"consumerOffset":2,"lastTimestamp":1)"));
  EXPECT_THAT(shown, HasSubstr(named(1) + ":{"));
  EXPECT_EQ(progress("nobody"), R"({"consumeTps":0.0,"offsetTable":{}})");
}

TEST_F(RemotingOffsets, TheRetryTopicIsAGroupsTopicAsAnyOther) {
  const auto member = join("one");
  commit(*member, 0, 1);
  auto with = place(0);
  with[1].second = "%RETRY%readers";
  with.emplace_back("commitOffset", "0");
  ASSERT_EQ(call(*member, request_code::update_consumer_offset, with).code,
            success);
  EXPECT_THAT(progress(), HasSubstr(named(0, "%RETRY%readers")));
  EXPECT_THAT(progress("readers", {{"topic", topic}}),
              Not(HasSubstr("%RETRY%readers")));
  EXPECT_THAT(progress("readers", {{"topicList", "good;%RETRY%readers"}}),
              HasSubstr(named(0, "%RETRY%readers")));
}

TEST_F(RemotingOffsets, GroupsThatAreOfflineHaveOffsetsToo) {
  auto member = join("one");
  commit(*member, 0, 1);
  member.reset();
  const auto who = [&] {
    return tool_
      ->call(request_code::query_topic_consume_by_who, {{"topic", topic}})
      .body;
  };
  EXPECT_EQ(who(), R"({"groupList":["readers"]})");
  EXPECT_THAT(tool_->call(request_code::get_all_consumer_offset, {}).body,
              HasSubstr(R"("good@readers":{"0":1})"));
  EXPECT_THAT(
    tool_->call(request_code::query_topics_by_consumer, {{"group", "readers"}})
      .body,
    HasSubstr(R"("topicList":["good"])"));
}

TEST_F(RemotingOffsets, MembersAreAskedForTheirOwnOffsets) {
  constexpr auto code = request_code::invoke_broker_to_get_consumer_status;
  const fields with{{"topic", topic}, {"group", "readers"}};
  EXPECT_THAT(tool_->call(code, with).remark,
              HasSubstr("No Any Consumer online"));
  const auto member = join("one");
  tool_->ask(code, with);
  const auto asked =
    await(*member, request_code::get_consumer_status_from_client);
  EXPECT_EQ(asked.at("group"), "readers");
  member->answer(asked.opaque, R"({"messageQueueTable":{)" + named(0) + ":7}}");
  EXPECT_THAT(tool_->next().body, HasSubstr(R"("one":{)" + named(0) + ":7}"));
}

// -- setting ------------------------------------------------------------------

TEST_F(RemotingOffsets, AnOfflineGroupGoesOnWhereItIsSet) {
  put(0, 5);
  auto member = join("one");
  commit(*member, 0, 2);
  member.reset();
  const auto done = reset("-1", {{"isForce", "true"}});
  ASSERT_EQ(done.code, success) << done.remark;
  EXPECT_THAT(done.body, HasSubstr(named(0) + ":" + std::to_string(end_)));
  EXPECT_EQ(committed(0), std::to_string(end_));
  ASSERT_EQ(reset("0", {{"isForce", "true"}}).code, success);
  EXPECT_EQ(committed(0), "0");
  EXPECT_EQ(committed(1), "0");
}

TEST_F(RemotingOffsets, WithoutForceAGroupIsOnlyTakenBack) {
  put(0, 5);
  const auto member = join("one");
  commit(*member, 0, 2);
  ASSERT_EQ(reset("-1", {{"isForce", "false"}}).code, success);
  EXPECT_EQ(committed(0), "2");
  ASSERT_EQ(reset("0", {{"isForce", "false"}}).code, success);
  EXPECT_EQ(committed(0), "0");
}

TEST_F(RemotingOffsets, OneQueueIsSetToOneOffset) {
  put(0, 5);
  const auto member = join("one");
  const auto to = [&](const std::string& queue, const std::string& offset) {
    return reset("-1", {{"queueId", queue}, {"offset", offset}});
  };
  ASSERT_EQ(to("0", "3").code, success);
  EXPECT_EQ(committed(0), "3");
  EXPECT_EQ(committed(1), "") << "not this one";
  commit(*tool_, 0, 1000); // so does mqadmin
  EXPECT_THAT(to("0", "1000").remark, HasSubstr("not in consume queue range"));
  EXPECT_EQ(to("2", "0").code,
            static_cast<int>(response_code::invalid_parameter));
  EXPECT_EQ(committed(0), "3");
}

TEST_F(RemotingOffsets, WhatIsNotThereIsNotReset) {
  EXPECT_EQ(reset("-1").code,
            static_cast<int>(response_code::subscription_group_not_exist));
  EXPECT_EQ(tool_
              ->call(request_code::invoke_broker_to_reset_offset,
                     {{"topic", "none"}, {"group", "g"}, {"timestamp", "-1"}})
              .code,
            static_cast<int>(response_code::topic_not_exist));
}

TEST_F(RemotingOffsets, MembersAreToldOfAReset) {
  const auto java = join("java");
  const auto cpp = std::make_unique<raw_client>(broker_port());
  cpp->language = client_language::cpp;
  cpp->ask(
    request_code::heartbeat, {},
    R"({"clientID":"cpp","consumerDataSet":[{"groupName":"readers","subscriptionDataSet":[{"topic":"good","subString":"*","subVersion":1}]}]})");
  await(*cpp, request_code::notify_consumer_ids_changed);
  ASSERT_EQ(reset("0", {{"isForce", "true"}}).code, success);
  const auto told = await(*java, request_code::reset_consumer_client_offset);
  EXPECT_EQ(told.at("topic"), topic);
  EXPECT_EQ(told.at("group"), "readers");
  EXPECT_EQ(told.at("timestamp"), "0");
  EXPECT_THAT(told.body, HasSubstr(named(0) + ":0"));
  EXPECT_THAT(await(*cpp, request_code::reset_consumer_client_offset).body,
              HasSubstr(R"("offsetTable":[{"brokerName":"apogee","offset":0)"));
}

TEST_F(RemotingOffsets, WhatMembersCommitBeforeTheyKnowDoesNotUndoAReset) {
  put(0, 5);
  const auto member = join("one");
  commit(*member, 0, 4);
  ASSERT_EQ(reset("0", {{"isForce", "true"}}).code, success);
  commit(*member, 0, 5);
  EXPECT_EQ(committed(0), "0");
  // Java's client says so, when it has let go of what it had.
  commit(*member, 0, 0);
  commit(*member, 0, 1);
  EXPECT_EQ(committed(0), "1");
}

TEST_F(RemotingOffsets, AMemberThatAsksWhereToStartHasHeardOfAReset) {
  put(0, 5);
  const auto member = join("one");
  commit(*member, 0, 4);
  ASSERT_EQ(reset("0", {{"isForce", "true"}}).code, success);
  const auto start =
    call(*member, request_code::query_consumer_offset, place(0));
  EXPECT_EQ(start.at("offset"), "0");
  commit(*member, 0, 3);
  EXPECT_EQ(committed(0), "3");
}

TEST_F(RemotingOffsets, AGroupThatIsGoneIsCleanedOfTheOffsetsItLeft) {
  put(0, 5);
  auto member = join("one");
  commit(*member, 0, 4);
  member.reset();
  const auto remove = [&](const std::string& cleans) {
    return tool_
      ->call(request_code::delete_subscription_group,
             {{"groupName", "readers"}, {"cleanOffset", cleans}})
      .code;
  };
  EXPECT_EQ(remove("false"), success);
  EXPECT_EQ(committed(0), "4");
  EXPECT_EQ(remove("true"), success);
  EXPECT_NE(committed(0), "4");
}

TEST_F(RemotingOffsets, APullIsSentToWhereAResetGroupGoesOn) {
  put(0, 5);
  const auto member = join("one");
  commit(*member, 0, 4);
  ASSERT_EQ(reset("0", {{"isForce", "true"}}).code, success);
  auto pull = pull_fields(topic, 0, 4);
  pull[5].second = "5"; // commits along with it
  pull[6].second = "4";
  const auto sent = call(*member, request_code::pull_message, pull);
  EXPECT_EQ(sent.code, moved);
  EXPECT_EQ(sent.at("nextBeginOffset"), "0");
  EXPECT_EQ(committed(0), "0");
  EXPECT_EQ(
    call(*member, request_code::pull_message, pull_fields(topic, 0, 0)).code,
    success);
  commit(*member, 0, 3);
  EXPECT_EQ(committed(0), "3");
}

TEST_F(RemotingOffsets, AGroupsOffsetsAreGivenToAnother) {
  put(0, 5);
  const auto member = join("one");
  commit(*member, 0, 2);
  const auto done =
    tool_->call(request_code::clone_group_offset, {{"srcGroup", "readers"},
                                                   {"destGroup", "twins"},
                                                   {"topic", topic},
                                                   {"offline", "false"}});
  ASSERT_EQ(done.code, success) << done.remark;
  EXPECT_EQ(committed(0, "twins"), "2");
  EXPECT_EQ(committed(1, "twins"), "");
}

TEST_F(RemotingOffsets, NativeMembersReadAgainWhatIsSetBack) {
  std::atomic<int> consumed{0};
  const auto native = spawn_native_reader(
    clients_.system, native_reader_settings(node_.address(), "readers", topic),
    consumed);
  put(0, 5);
  ASSERT_TRUE(eventually([&] { return consumed == 6; }, patience));
  EXPECT_THAT(reset("0", {{"queueId", "0"}, {"offset", "1"}}).remark,
              HasSubstr("native members"));
  ASSERT_EQ(reset("0", {{"isForce", "true"}}).code, success);
  EXPECT_TRUE(eventually([&] { return consumed == 12; }, patience));
}

// -- messages -----------------------------------------------------------------

TEST_F(RemotingOffsets, AMemberConsumesAMessageAtAToolsWish) {
  const auto id =
    tool_->call(request_code::send_message_v2, send_fields(topic, 0), "again")
      .at("msgId");
  const auto order = [&](const std::string& which) {
    return fields{{"consumerGroup", "readers"},
                  {"clientId", "one"},
                  {"msgId", which},
                  {"topic", topic}};
  };
  constexpr auto code = request_code::consume_message_directly;
  EXPECT_THAT(tool_->call(code, order(id)).remark, HasSubstr("not online"));
  const auto member = join("one");
  tool_->ask(code, order(id));
  const auto asked = await(*member, code);
  EXPECT_EQ(asked.at("brokerName"), "apogee");
  EXPECT_EQ(asked.at("consumerGroup"), "readers");
  const auto message = messages(asked);
  ASSERT_EQ(message.size(), 1u);
  EXPECT_EQ(message[0].body, "again");
  member->answer(asked.opaque, R"({"consumeResult":"CR_SUCCESS"})");
  EXPECT_THAT(tool_->next().body, HasSubstr("CR_SUCCESS"));
  EXPECT_EQ(tool_->call(code, order("nonsense")).code,
            static_cast<int>(response_code::invalid_parameter));
}

} // namespace apogee::remoting
