#include "messages/remoting/message_id.hpp"
#include "messages/remoting/properties.hpp"
#include "tests/nodes/remoting_node_test.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class RemotingRetry : public remoting_node_test {
protected:
  /// Sends "poison" to the test's topic; the position it got.
  std::int64_t send_poison(raw_client& client) {
    const auto sent = client.call(
      request_code::send_message_v2,
      send_fields(topic, 1, "KEYS\1k\2TAGS\1red\2UNIQ_KEY\1u\2"), "poison");
    EXPECT_EQ(sent.code, 0) << sent.remark;
    const auto id = parse_message_id(sent.at("msgId"));
    return id ? id->physical_offset : -1;
  }

  static fields back_fields(std::int64_t position, int level, int limit = -1,
                            const std::string& group = "readers") {
    fields out{{"offset", std::to_string(position)},
               {"group", group},
               {"delayLevel", std::to_string(level)}};
    if (limit >= 0)
      out.emplace_back("maxReconsumeTimes", std::to_string(limit));
    return out;
  }

  /// The messages that a topic's first queue holds behind `offset`, waiting for
  /// them.
  received pull_from(raw_client& client, const std::string& from,
                     std::int64_t offset, int wait_ms = 0) {
    return client.call(request_code::pull_message,
                       pull_fields(from, 0, offset, wait_ms));
  }
};

} // namespace

TEST_F(RemotingRetry, AMessageThatIsGivenBackComesAgainAfterItsLevel) {
  raw_client client{broker_port()};
  const auto position = send_poison(client);
  const auto begin = std::chrono::steady_clock::now();
  const auto back = client.call(request_code::consumer_send_message_back,
                                back_fields(position, 1));
  ASSERT_EQ(back.code, 0) << back.remark;
  const auto pulled = pull_from(client, "%RETRY%readers", 0, 4'000);
  const auto took = std::chrono::steady_clock::now() - begin;
  ASSERT_EQ(pulled.code, 0) << pulled.remark;
  EXPECT_GE(took, 995ms);
  EXPECT_LE(took, 1'200ms);
  const auto got = messages(pulled);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].body, "poison");
  EXPECT_EQ(got[0].topic, "%RETRY%readers");
  EXPECT_EQ(got[0].reconsume_times, 1);
  EXPECT_EQ(got[0].born_timestamp_ms, 1'700'000'000'000);
  EXPECT_EQ(find_property(got[0].properties, "RETRY_TOPIC"), topic);
  EXPECT_EQ(find_property(got[0].properties, "KEYS"), "k");
  EXPECT_EQ(find_property(got[0].properties, "TAGS"), "red");
  EXPECT_EQ(find_property(got[0].properties, "UNIQ_KEY"), "u");
  const auto origin = parse_message_id(
    find_property(got[0].properties, "ORIGIN_MESSAGE_ID").value_or(""));
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->physical_offset, position);
  EXPECT_FALSE(find_property(got[0].properties, "DELAY"));
  EXPECT_THAT(
    client
      .call(request_code::view_broker_stats_data,
            {{"statsName", "SNDBCK_PUT_NUMS"}, {"statsKey", "good@readers"}})
      .body,
    testing::HasSubstr(R"("sum":1)"));
}

TEST_F(RemotingRetry, EachLevelIsOnTime) {
  constexpr std::chrono::milliseconds delays[] = {1s, 5s, 10s, 30s};
  const auto* wanted = std::getenv("APOGEE_DELAY_LEVELS");
  const auto levels = wanted != nullptr ? std::atoi(wanted) : 3;
  ASSERT_TRUE(levels >= 1 && levels <= 4);
  const auto group = [](int level) { return "group" + std::to_string(level); };
  raw_client client{broker_port()};
  std::vector<std::chrono::steady_clock::time_point> given;
  for (int level = 1; level <= levels; ++level) {
    const auto position = send_poison(client);
    given.push_back(std::chrono::steady_clock::now());
    ASSERT_EQ(client
                .call(request_code::consumer_send_message_back,
                      back_fields(position, level, -1, group(level)))
                .code,
              0);
  }
  for (int level = 1; level <= levels; ++level) {
    const auto delay = delays[level - 1];
    const auto took = [start = given[level - 1]] {
      return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start);
    };
    while (pull_from(client, "%RETRY%" + group(level), 0, 1'000).code != 0)
      ASSERT_LT(took(), delay + 5s) << "level " << level;
    EXPECT_GE(took(), delay - 5ms) << "level " << level;
    EXPECT_LE(took(), delay + 200ms) << "level " << level;
  }
}

TEST_F(RemotingRetry, InTheEndItLiesInTheDeadLetters) {
  raw_client client{broker_port()};
  const auto position = send_poison(client);
  ASSERT_EQ(client
              .call(request_code::consumer_send_message_back,
                    back_fields(position, 0, 0))
              .code,
            0);
  ASSERT_EQ(
    client
      .call(request_code::consumer_send_message_back, back_fields(position, -1))
      .code,
    0);
  const auto got = pull_from(client, "%DLQ%readers", 0);
  ASSERT_EQ(got.code, 0) << got.remark;
  const auto dead = messages(got);
  ASSERT_EQ(dead.size(), 2u);
  EXPECT_EQ(dead[0].body, "poison");
  EXPECT_EQ(dead[0].reconsume_times, 1);
  EXPECT_EQ(find_property(dead[0].properties, "RETRY_TOPIC"), topic);
}

TEST_F(RemotingRetry, WhatStandsAtNoMessageIsRefused) {
  raw_client client{broker_port()};
  const auto position = send_poison(client);
  for (const auto wrong :
       {position + 8, position + 1, std::int64_t{-1}, std::int64_t{0},
        std::int64_t{1} << 60, std::numeric_limits<std::int64_t>::max()}) {
    const auto back = client.call(request_code::consumer_send_message_back,
                                  back_fields(wrong, 1));
    EXPECT_EQ(back.code, static_cast<int>(response_code::system_error))
      << wrong;
    EXPECT_EQ(back.remark,
              "look message by offset failed, " + std::to_string(wrong));
    const auto view = client.call(request_code::view_message_by_id,
                                  {{"offset", std::to_string(wrong)}});
    EXPECT_EQ(view.code, static_cast<int>(response_code::system_error));
    EXPECT_EQ(view.remark,
              "can not find message by the offset, " + std::to_string(wrong));
  }
}

TEST_F(RemotingRetry, AMessageIsShownByItsId) {
  raw_client client{broker_port()};
  const auto position = send_poison(client);
  const auto view = client.call(request_code::view_message_by_id,
                                {{"offset", std::to_string(position)}});
  ASSERT_EQ(view.code, 0) << view.remark;
  const auto got = messages(view);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].body, "poison");
  EXPECT_EQ(got[0].topic, topic);
  EXPECT_EQ(got[0].queue_number, 1);
  EXPECT_EQ(got[0].physical_offset, position);
  EXPECT_EQ(find_property(got[0].properties, "KEYS"), "k");
}

TEST_F(RemotingRetry, ClientsMaySendToTheRetryTopicThemselves) {
  raw_client client{broker_port()};
  auto retry = send_fields("%RETRY%readers", 0,
                           "DELAY\0011\2RETRY_TOPIC\1good\2UNIQ_KEY\1u\2");
  retry.emplace_back("j", "1");
  retry.emplace_back("l", "16");
  const auto begin = std::chrono::steady_clock::now();
  const auto sent = client.call(request_code::send_message_v2, retry, "again");
  ASSERT_EQ(sent.code, 0) << sent.remark;
  EXPECT_TRUE(parse_message_id(sent.at("msgId")));
  EXPECT_EQ(sent.at("transactionId"), "u");
  const auto pulled = pull_from(client, "%RETRY%readers", 0, 4'000);
  ASSERT_EQ(pulled.code, 0) << pulled.remark;
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 995ms);
  EXPECT_EQ(messages(pulled).at(0).reconsume_times, 1);
  for (auto& [name, value] : retry)
    if (name == "j")
      value = "17";
  ASSERT_EQ(client.call(request_code::send_message_v2, retry, "dead").code, 0);
  const auto dead = pull_from(client, "%DLQ%readers", 0);
  ASSERT_EQ(dead.code, 0) << dead.remark;
  EXPECT_EQ(messages(dead).at(0).body, "dead");
}

TEST_F(RemotingRetry, AGroupThatReadsInOrderHasOnlyDeadLetters) {
  raw_client client{broker_port()};
  client.call(
    request_code::lock_batch_queues, {},
    R"({"clientId":"a","consumerGroup":"readers","mqSet":[{"brokerName":"apogee","queueId":0,"topic":"good"}]})");
  auto retry = send_fields("%RETRY%readers", 0, "DELAY\0011\2");
  retry.emplace_back("j", "1");
  ASSERT_EQ(client.call(request_code::send_message_v2, retry, "dead").code, 0);
  EXPECT_EQ(pull_from(client, "%DLQ%readers", 0).code, 0);
}

TEST_F(RemotingRetry, OnlyTheBrokerSendsToTheScheduleTopic) {
  raw_client client{broker_port()};
  const auto sent = client.call(request_code::send_message_v2,
                                send_fields("SCHEDULE_TOPIC_XXXX", 0), "x");
  EXPECT_EQ(sent.code, static_cast<int>(response_code::no_permission));
}

TEST_F(RemotingRetry, AKillWhileItWaitsLosesNothing) {
  {
    raw_client client{broker_port()};
    for (int i = 0; i < 20; ++i)
      ASSERT_EQ(client
                  .call(request_code::consumer_send_message_back,
                        back_fields(send_poison(client), 1 + i % 2))
                  .code,
                0);
  }
  node_.kill();
  ASSERT_TRUE(node_.start()) << node_.running().error_output();
  raw_client client{broker_port()};
  std::size_t found = 0;
  EXPECT_TRUE(eventually(
    [&] {
      const auto pulled = pull_from(client, "%RETRY%readers", 0);
      found = pulled.code == 0 ? messages(pulled).size() : 0;
      return found >= 20;
    },
    10s))
    << found;
  EXPECT_EQ(found, 20u);
}

TEST_F(RemotingRetry, GroupsAreMadeAlteredShownAndDeleted) {
  raw_client client{broker_port()};
  const auto show = [&] {
    return client.call(request_code::get_subscription_group_config,
                       {{"group", "own"}});
  };
  EXPECT_EQ(show().code,
            static_cast<int>(response_code::subscription_group_not_exist));
  const auto set = [&](const std::string& more) {
    return client
      .call(request_code::update_and_create_subscription_group, {},
            R"({"groupName":"own","retryMaxTimes":3)" + more + "}")
      .code;
  };
  ASSERT_EQ(set(""), 0);
  EXPECT_THAT(show().body, HasSubstr(R"("retryMaxTimes":3)"));
  ASSERT_EQ(set(R"(,"consumeEnable":false)"), 0);
  node_.kill();
  ASSERT_TRUE(node_.start()) << node_.running().error_output();
  raw_client later{broker_port()};
  const auto all =
    later.call(request_code::get_all_subscription_group_config, {});
  EXPECT_THAT(all.body, HasSubstr(R"("groupName":"own")"));
  auto pull = pull_fields(topic, 0, 0);
  pull[0].second = "own";
  EXPECT_EQ(later.call(request_code::pull_message, pull).code,
            static_cast<int>(response_code::no_permission));
  EXPECT_EQ(
    later.call(request_code::delete_subscription_group, {{"groupName", "own"}})
      .code,
    0);
  EXPECT_EQ(later.call(request_code::pull_message, pull).code, 0);
}

} // namespace apogee::remoting
