#include "messages/remoting/message_id.hpp"
#include "messages/remoting/properties.hpp"
#include "messages/remoting/stored_message.hpp"
#include "tests/nodes/remoting_node_test.hpp"

#include <chrono>
#include <limits>
#include <set>
#include <thread>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Remoting : public remoting_node_test {};

} // namespace

TEST_F(Remoting, ASendIsStoredAndPulledWithAllThatBelongsToIt) {
  raw_client client{broker_port()};
  for (const auto type : {serialize_type::json, serialize_type::binary}) {
    const auto sent =
      client.call(request_code::send_message_v2,
                  send_fields(topic, 1, "KEYS\1k\2TAGS\1red\2UNIQ_KEY\1u\2"),
                  "hello", type);
    ASSERT_EQ(sent.code, 0) << sent.remark;
    EXPECT_EQ(sent.at("queueId"), "1");
    EXPECT_EQ(sent.at("transactionId"), "u");
    const auto id = parse_message_id(sent.at("msgId"));
    ASSERT_TRUE(id);
    const auto offset = std::stoll(sent.at("queueOffset"));
    const auto pulled = client.call(request_code::pull_message,
                                    pull_fields(topic, 1, offset), {}, type);
    ASSERT_EQ(pulled.code, 0) << pulled.remark;
    const auto got = messages(pulled);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].body, "hello");
    EXPECT_EQ(got[0].topic, topic);
    EXPECT_EQ(got[0].queue_offset, offset);
    EXPECT_EQ(got[0].physical_offset, id->physical_offset);
    EXPECT_EQ(got[0].store_host, id->store_host);
    EXPECT_EQ(got[0].born_timestamp_ms, 1'700'000'000'000);
    EXPECT_EQ(find_property(got[0].properties, "TAGS"), "red");
    EXPECT_EQ(find_property(got[0].properties, "KEYS"), "k");
    EXPECT_EQ(got[0].body_checksum, body_checksum("hello"));
  }
}

// The views have a message only half a second after it was stored.
TEST_F(Remoting, ASearchByTimeKnowsWhatWasStoredJustNow) {
  raw_client client{broker_port()};
  const auto search = [&](std::int64_t ms) {
    return client
      .call(request_code::search_offset_by_timestamp,
            {{"topic", "young"},
             {"queueId", "0"},
             {"timestamp", std::to_string(ms)}})
      .at("offset");
  };
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(
      client.call(request_code::send_message_v2, send_fields("young", 0), "x")
        .code,
      0);
  EXPECT_EQ(search(0), "0");
  EXPECT_EQ(search(std::numeric_limits<std::int64_t>::max()), "5");
}

TEST_F(Remoting, AStopEndsTheConnectionsAndDoesNotWaitForThem) {
  raw_client silent{broker_port()};
  raw_client waiting{broker_port()};
  waiting.ask(request_code::pull_message, pull_fields(topic, 1, 0, 30'000));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(node_.stop(), 0) << node_.running().error_output();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  ASSERT_TRUE(node_.start()) << node_.running().error_output();
}

TEST_F(Remoting, ATopicIsCreatedWithItsFirstMessageAndRoutable) {
  raw_client client{broker_port()};
  // All of them wait for the topic; none is lost or answered twice.
  for (int i = 0; i < 50; ++i)
    client.ask(request_code::send_message_v2, send_fields("fresh", 0), "x");
  std::set<std::string> offsets;
  for (int i = 0; i < 50; ++i) {
    const auto answer = client.next();
    ASSERT_EQ(answer.code, 0) << answer.remark;
    offsets.insert(answer.at("queueOffset"));
  }
  EXPECT_EQ(offsets.size(), 50u);
  raw_client names{node_.nameserver_port()};
  received route;
  ASSERT_TRUE(eventually(
    [&] {
      route =
        names.call(request_code::get_route_info_by_topic, {{"topic", "fresh"}});
      return route.code == 0;
    },
    5s));
  EXPECT_THAT(route.body, HasSubstr("\"writeQueueNums\":4"));
  EXPECT_THAT(route.body, HasSubstr(std::to_string(broker_port())));
}

TEST_F(Remoting, ALongPollIsAnsweredByTheNextMessageThatMatches) {
  raw_client reader{broker_port()};
  raw_client writer{broker_port()};
  ASSERT_EQ(
    writer.call(request_code::send_message_v2, send_fields(topic, 1), "before")
      .code,
    0);
  reader.ask(request_code::pull_message,
             pull_fields(topic, 1, 1, 30'000, "red || blue"));
  ASSERT_EQ(writer
              .call(request_code::send_message_v2,
                    send_fields(topic, 1, "TAGS\1green\2"), "no")
              .code,
            0);
  ASSERT_EQ(writer
              .call(request_code::send_message_v2,
                    send_fields(topic, 1, "TAGS\1blue\2"), "yes")
              .code,
            0);
  const auto pulled = reader.next();
  ASSERT_EQ(pulled.code, 0) << pulled.remark;
  const auto got = messages(pulled);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].body, "yes");
  EXPECT_EQ(pulled.at("nextBeginOffset"), "3");
}

TEST_F(Remoting, ASqlFilterIsAppliedAtTheBroker) {
  raw_client client{broker_port()};
  for (int i = 0; i < 10; ++i)
    ASSERT_EQ(
      client
        .call(request_code::send_message_v2,
              send_fields(topic, 1, "price\1" + std::to_string(i) + "\2"),
              std::to_string(i))
        .code,
      0);
  const auto pulled =
    client.call(request_code::pull_message,
                pull_fields(topic, 1, 0, 0, "price BETWEEN 3 AND 4", "SQL92"));
  ASSERT_EQ(pulled.code, 0) << pulled.remark;
  const auto got = messages(pulled);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].body, "3");
  EXPECT_EQ(got[1].body, "4");
  EXPECT_EQ(pulled.at("nextBeginOffset"), "10");
  const auto none =
    client.call(request_code::pull_message,
                pull_fields(topic, 1, 0, 0, "price > 100", "SQL92"));
  EXPECT_EQ(none.code, static_cast<int>(response_code::pull_retry_immediately));
  EXPECT_EQ(none.at("nextBeginOffset"), "10");
  const auto wrong = client.call(request_code::pull_message,
                                 pull_fields(topic, 1, 0, 0, "a >", "SQL92"));
  EXPECT_EQ(wrong.code,
            static_cast<int>(response_code::subscription_parse_failed));
}

TEST_F(Remoting, AnOffsetOutsideOfTheQueueIsCorrected) {
  raw_client client{broker_port()};
  ASSERT_EQ(
    client.call(request_code::send_message_v2, send_fields(topic, 1), "x").code,
    0);
  const auto moved =
    client.call(request_code::pull_message, pull_fields(topic, 1, 77));
  EXPECT_EQ(moved.code, static_cast<int>(response_code::pull_offset_moved));
  EXPECT_EQ(moved.at("nextBeginOffset"), "1");
}

TEST_F(Remoting, MembersOfAGroupAreToldWhenOneJoinsOrIsLost) {
  const auto beat = [](const std::string& id) {
    return R"({"clientID":")" + id
           + R"(","consumerDataSet":[{"groupName":"readers","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","consumeFromWhere":"CONSUME_FROM_LAST_OFFSET","subscriptionDataSet":[{"topic":"good","subString":"*","subVersion":1}]}],"producerDataSet":[]})";
  };
  constexpr auto ids_changed =
    static_cast<int>(request_code::notify_consumer_ids_changed);
  raw_client one{broker_port()};
  one.ask(request_code::heartbeat, {}, beat("one"));
  std::set<int> codes{one.next().code, one.next().code};
  EXPECT_EQ(codes, (std::set<int>{0, ids_changed}));
  {
    raw_client two{broker_port()};
    two.ask(request_code::heartbeat, {}, beat("two"));
    const auto told = one.next();
    EXPECT_EQ(told.code, ids_changed);
    EXPECT_EQ(told.at("consumerGroup"), "readers");
    EXPECT_THAT(one
                  .call(request_code::get_consumer_list_by_group,
                        {{"consumerGroup", "readers"}})
                  .body,
                HasSubstr(R"(["one","two"])"));
  }
  EXPECT_EQ(one.next().code, ids_changed) << "the connection is lost";
  EXPECT_THAT(one
                .call(request_code::get_consumer_list_by_group,
                      {{"consumerGroup", "readers"}})
                .body,
              HasSubstr(R"(["one"])"));
}

TEST_F(Remoting, APullWithANewerSubscriptionThanTheHeartbeatsIsServed) {
  raw_client client{broker_port()};
  const std::string beat =
    R"({"clientID":"one","consumerDataSet":[{"groupName":"readers","subscriptionDataSet":[{"topic":"good","subString":"red","tagsSet":["red"],"subVersion":5}]}]})";
  client.ask(request_code::heartbeat, {}, beat);
  client.next(); // the answer, and the news that there is a member
  client.next();
  ASSERT_EQ(client
              .call(request_code::send_message_v2,
                    send_fields(topic, 1, "TAGS\1blue\2"), "x")
              .code,
            0);
  auto pull = pull_fields(topic, 1, 0);
  for (auto& [name, value] : pull)
    if (name == "sysFlag")
      value = "0"; // what the heartbeat says counts
    else if (name == "subVersion")
      value = "5";
  const auto known = client.call(request_code::pull_message, pull);
  EXPECT_EQ(known.code, static_cast<int>(response_code::pull_retry_immediately))
    << "there is a message, though not a wanted one";
  for (auto& [name, value] : pull)
    if (name == "subVersion")
      value = "6";
  const auto newer = client.call(request_code::pull_message, pull);
  EXPECT_EQ(newer.code, 0) << newer.remark;
}

TEST_F(Remoting, OffsetsSurviveAKillOfTheNode) {
  const fields where{
    {"consumerGroup", "readers"}, {"topic", topic}, {"queueId", "1"}};
  {
    raw_client client{broker_port()};
    const auto young = client.call(request_code::query_consumer_offset, where);
    EXPECT_EQ(young.code, 0) << "a young queue is read from its beginning";
    EXPECT_EQ(young.at("offset"), "0");
    auto commit = where;
    commit.emplace_back("commitOffset", "5");
    EXPECT_EQ(client.call(request_code::update_consumer_offset, commit).code,
              0);
    EXPECT_EQ(
      client.call(request_code::query_consumer_offset, where).at("offset"),
      "5");
    std::this_thread::sleep_for(700ms); // groups.commit-interval has passed
  }
  node_.kill();
  ASSERT_TRUE(node_.start()) << node_.running().error_output();
  raw_client client{broker_port()};
  received kept;
  ASSERT_TRUE(eventually(
    [&] {
      kept = client.call(request_code::query_consumer_offset, where);
      return kept.code == 0;
    },
    5s))
    << kept.remark;
  EXPECT_EQ(kept.at("offset"), "5");
}

TEST_F(Remoting, AQueueIsLockedForOneClient) {
  raw_client client{broker_port()};
  const auto lock = [&](const std::string& id) {
    return client
      .call(
        request_code::lock_batch_queues, {},
        R"({"clientId":")" + id
          + R"(","consumerGroup":"g","mqSet":[{"brokerName":"apogee","queueId":0,"topic":"good"}]})")
      .body;
  };
  EXPECT_THAT(lock("a"), HasSubstr("queueId"));
  EXPECT_THAT(lock("b"), testing::Not(HasSubstr("queueId")));
}

} // namespace apogee::remoting
