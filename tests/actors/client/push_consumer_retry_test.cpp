#include "tests/actors/client/push_consumer_test.hpp"

namespace apogee::client {

namespace {

using std::chrono::milliseconds;
using bodies = std::vector<std::string>;
using send_backs = std::vector<seen_send_back>;

constexpr auto retry_queue = "%RETRY%group";

class PushConsumerRetries : public push_consumer_test {
protected:
  /// Fails `body` every time.
  void fail_always(const std::string& wanted) {
    on_message = [this, wanted](const std::string& body) {
      if (body == wanted)
        failing = {wanted};
    };
  }

  /// A listener that gets all messages of a pull at once.
  void start_batches(consume_result outcome) {
    consumer = spawn_push_consumer(
      sys, settings,
      [this, outcome](std::span<const received_message> batch) {
        for (const auto& message : batch)
          calls.emplace_back(message.body);
        return outcome;
      },
      where());
    run();
  }
};

TEST_F(PushConsumerRetries, AFailedMessageGoesBackToTheBroker) {
  store(*broker, "topic", 0, {"a", "b", "c"});
  fail_always("b");
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{3'000});
  EXPECT_EQ(calls, (bodies{"a", "b", "c"}));
  EXPECT_EQ(group().send_backs, (send_backs{{"group", 1000, 0, -1}}));
  EXPECT_EQ(reported(0), 3u);
  EXPECT_FALSE(consumer.problem());
}

TEST_F(PushConsumerRetries, ItsLimitAndItsLevelGoWithIt) {
  settings.max_reconsume_times = 2;
  settings.retry_delay_level = 5;
  store(*broker, "topic", 0, {"a"});
  fail_always("a");
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  EXPECT_EQ(group().send_backs, (send_backs{{"group", 0, 5, 2}}));
}

TEST_F(PushConsumerRetries, IsNotFinishedBeforeTheBrokerHasIt) {
  group().holds_send_backs = true;
  store(*broker, "topic", 0, {"a", "b"});
  fail_always("a");
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{1'500});
  EXPECT_EQ(reported(0), std::nullopt);
  answer_send_back(*broker);
  pass(milliseconds{1'500});
  EXPECT_EQ(reported(0), 2u);
  EXPECT_EQ(calls, (bodies{"a", "b"}));
}

TEST_F(PushConsumerRetries, IsTriedAgainHereWhenTheBrokerDoesNotTakeIt) {
  group().send_back_failure = {errc::busy, "the broker has no time"};
  store(*broker, "topic", 0, {"a"});
  failing = {"a"};
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  EXPECT_EQ(consumer.problem().value_or(failure{}).code, errc::busy);
  pass(milliseconds{2'500});
  EXPECT_EQ(calls, (bodies{"a", "a"}));
  EXPECT_EQ(group().send_backs.size(), 1u);
  EXPECT_EQ(reported(0), 1u);
  EXPECT_FALSE(consumer.problem());
}

TEST_F(PushConsumerRetries, IsTriedAgainHereWhenTheBrokerDoesNotAnswer) {
  group().holds_send_backs = true;
  store(*broker, "topic", 0, {"a"});
  failing = {"a"};
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{3'500});
  EXPECT_EQ(calls, bodies{"a"});
  pass(milliseconds{2'500});
  EXPECT_EQ(calls, (bodies{"a", "a"}));
  EXPECT_EQ(reported(0), 1u);
}

TEST_F(PushConsumerRetries, AMessageThatComesAgainHasItsTopicAndItsCount) {
  std::vector<std::string> seen;
  consumer = spawn_push_consumer(
    sys, settings,
    [&](const received_message& message) {
      seen.push_back(std::string{message.topic} + " "
                     + std::string{message.stored_topic} + " "
                     + std::to_string(message.reconsume_times));
      return consume_result::retry;
    },
    where());
  run();
  store(*broker, retry_queue, 0, {"a"}, {"topic", 3});
  assign(*broker, 1, retry_queue, {{0, 0}});
  EXPECT_EQ(seen, bodies{"topic %RETRY%group 3"});
  EXPECT_TRUE(consumer.queues().empty());
  EXPECT_EQ(group().send_backs.size(), 1u);
}

TEST_F(PushConsumerRetries, AFailedBatchGoesBackAsAWhole) {
  store(*broker, "topic", 0, {"a", "b", "c"});
  start_batches(consume_result::retry);
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{1'500});
  EXPECT_EQ(calls, (bodies{"a", "b", "c"}));
  EXPECT_EQ(group().send_backs, (send_backs{{"group", 0, 0, -1},
                                            {"group", 1000, 0, -1},
                                            {"group", 2000, 0, -1}}));
  EXPECT_EQ(reported(0), 3u);
}

TEST_F(PushConsumerRetries, WhatTheBrokerTookOfABatchDoesNotComeAgainHere) {
  group().holds_send_backs = true;
  store(*broker, "topic", 0, {"a", "b", "c"});
  start_batches(consume_result::retry);
  assign(*broker, 1, "topic", {{0, 0}});
  group().send_back_failure = {errc::busy, "the broker has no time"};
  answer_send_back(*broker);
  pass(milliseconds{1'200});
  EXPECT_EQ(calls, (bodies{"a", "b", "c", "b", "c"}));
  EXPECT_EQ(reported(0), 1u);
}

TEST_F(PushConsumerRetries, WhatIsPutOffStaysHere) {
  store(*broker, "topic", 0, {"a"});
  start_batches(consume_result::later);
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{1'200});
  EXPECT_EQ(calls, (bodies{"a", "a"}));
  EXPECT_TRUE(group().send_backs.empty());
  EXPECT_EQ(reported(0), std::nullopt);
}

TEST_F(PushConsumerRetries, InOrderItIsTriedHereForAsLongAsItTakes) {
  settings.ordered = true;
  store(*broker, "topic", 0, {"a", "b"});
  fail_always("a");
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{20'000});
  EXPECT_GE(calls.size(), 19u);
  EXPECT_TRUE(group().send_backs.empty());
  EXPECT_EQ(group().joins[0].topics, bodies{"topic"});
}

TEST_F(PushConsumerRetries, InOrderItBecomesADeadLetterAfterItsLimit) {
  settings.ordered = true;
  settings.max_reconsume_times = 2;
  store(*broker, "topic", 0, {"a", "b", "c"});
  fail_always("b");
  std::vector<std::int32_t> counts;
  consumer = spawn_push_consumer(
    sys, settings,
    [&](const received_message& message) {
      counts.push_back(message.reconsume_times);
      calls.emplace_back(message.body);
      return behave(calls.back());
    },
    where());
  run();
  group().holds_send_backs = true;
  assign(*broker, 1, "topic", {{0, 0}});
  store(*broker, "topic", 0, {"d"});
  pass(milliseconds{2'500});
  EXPECT_EQ(calls, (bodies{"a", "b", "b", "b"})); // the broker has not answered
  EXPECT_EQ(group().send_backs, (send_backs{{"group", 1000, -1, 2}}));
  answer_send_back(*broker);
  EXPECT_EQ(calls, (bodies{"a", "b", "b", "b", "c", "d"}));
  EXPECT_EQ(counts, (std::vector<std::int32_t>{0, 0, 1, 2, 0, 0}));
  pass(milliseconds{1'500});
  EXPECT_EQ(reported(0), 4u);
}

TEST_F(PushConsumerRetries, AQueueIsLetGoOfWhenTheBrokerHasItsFailedMessage) {
  group().holds_send_backs = true;
  store(*broker, "topic", 0, {"a"});
  fail_always("a");
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  assign(*broker, 2, "topic", {});
  EXPECT_EQ(reported(0), std::nullopt);
  answer_send_back(*broker);
  EXPECT_EQ(reported(0), 1u);
  EXPECT_EQ(group().reports.back().generation, 2u);
}

TEST_F(PushConsumerRetries, StopWaitsForTheBrokerToHaveWhatFailed) {
  group().holds_send_backs = true;
  store(*broker, "topic", 0, {"a"});
  fail_always("a");
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  bool is_answered = false;
  run_while([this] { consumer.stop(); },
            [&] {
              run();
              if (!std::exchange(is_answered, true))
                answer_send_back(*broker);
            });
  ASSERT_FALSE(group().reports.empty());
  EXPECT_TRUE(group().reports.back().leaving);
  EXPECT_EQ(reported(0), 1u);
}

} // namespace

} // namespace apogee::client
