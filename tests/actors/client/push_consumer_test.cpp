#include "tests/actors/client/push_consumer_test.hpp"

#include <algorithm>
#include <stdexcept>

namespace apogee::client {

namespace {

using std::chrono::milliseconds;

class PushConsumer : public push_consumer_test {};

using bodies = std::vector<std::string>;

TEST_F(PushConsumer, JoinsItsGroupAtTheBrokerOfItsTopics) {
  start();
  ASSERT_EQ(group().joins.size(), 1u);
  EXPECT_EQ(group().joins[0].group, "group");
  EXPECT_EQ(group().joins[0].member_id, "me");
  EXPECT_EQ(group().joins[0].topics, (bodies{"%RETRY%group", "topic"}));
  EXPECT_FALSE(consumer.problem());
}

TEST_F(PushConsumer, ReceivesTheQueuesThatItIsAssigned) {
  store(*broker, "topic", 0, {"a", "b"});
  store(*broker, "topic", 1, {"c"});
  start();
  assign(*broker, 1, "topic", {{0, 1}});
  EXPECT_EQ(calls, bodies{"b"});
  EXPECT_EQ(consumer.queues().size(), 1u);
  store(*broker, "topic", 0, {"d"});
  store(*broker, "topic", 1, {"not mine"});
  EXPECT_EQ(calls, (bodies{"b", "d"}));
}

TEST_F(PushConsumer, NeedsNoMoreTimersTheMoreMessagesFailed) {
  settings.ordered = true;
  settings.retry_pause = milliseconds{100};
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  const auto fail_one = [&](const std::string& body) {
    failing.insert(body);
    store(*broker, "topic", 0, {body});
    pass(milliseconds{1'000});
  };
  fail_one("first");
  const auto before = sched.clock().schedule().size();
  for (int i = 0; i < 10; ++i)
    fail_one("m" + std::to_string(i));
  EXPECT_LE(sched.clock().schedule().size(), before + 1);
  EXPECT_EQ(calls.size(), 22u);
}

TEST_F(PushConsumer, ReportsHowFarItIs) {
  store(*broker, "topic", 0, {"a", "b"});
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{1'500});
  EXPECT_EQ(reported(0), 2u);
  const auto reports = group().reports.size();
  pass(milliseconds{1'500});
  EXPECT_EQ(group().reports.size(), reports); // nothing new
  pass(milliseconds{2'000});
  EXPECT_GT(group().reports.size(), reports); // the heartbeat
}

TEST_F(PushConsumer, ReportsTheAssignmentThatItHasTakenOver) {
  start();
  assign(*broker, 7, "topic", {{0, 0}});
  ASSERT_FALSE(group().reports.empty());
  EXPECT_EQ(group().reports.back().generation, 7u);
}

TEST_F(PushConsumer, LetsGoOfAQueueAndReportsItsOffset) {
  store(*broker, "topic", 0, {"a", "b", "c"});
  start();
  assign(*broker, 1, "topic", {{0, 0}, {1, 0}});
  assign(*broker, 2, "topic", {{1, 0}});
  EXPECT_EQ(group().reports.back().generation, 2u);
  EXPECT_EQ(reported(0), 3u);
  store(*broker, "topic", 0, {"someone else's"});
  EXPECT_EQ(calls, (bodies{"a", "b", "c"}));
}

TEST_F(PushConsumer, IgnoresAnAssignmentThatWasOvertaken) {
  start();
  assign(*broker, 5, "topic", {{0, 0}});
  assign(*broker, 4, "topic", {});
  EXPECT_EQ(consumer.queues().size(), 1u);
}

TEST_F(PushConsumer, DeliversAFailedMessageAgainAfterAPause) {
  group().send_back_failure = {errc::busy, "the broker has no time"};
  store(*broker, "topic", 0, {"a", "b", "c"});
  failing = {"b"};
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  EXPECT_EQ(calls, (bodies{"a", "b", "c"}));
  pass(milliseconds{900});
  EXPECT_EQ(calls.size(), 3u);
  pass(milliseconds{200});
  EXPECT_EQ(calls, (bodies{"a", "b", "c", "b"}));
  pass(milliseconds{1'500});
  EXPECT_EQ(reported(0), 3u);
}

TEST_F(PushConsumer, DoesNotReportBeyondAnUnfinishedMessage) {
  group().send_back_failure = {errc::busy, "the broker has no time"};
  store(*broker, "topic", 0, {"a", "b", "c"});
  on_message = [this](const std::string& body) {
    if (body == "b")
      failing = {"b"}; // always
  };
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{5'000});
  EXPECT_EQ(reported(0), 1u);
}

TEST_F(PushConsumer, CountsAnExceptionAsAFailure) {
  group().send_back_failure = {errc::busy, "the broker has no time"};
  store(*broker, "topic", 0, {"a"});
  bool thrown = false;
  on_message = [&](const std::string&) {
    if (!std::exchange(thrown, true))
      throw std::runtime_error("user code");
  };
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{1'200});
  EXPECT_EQ(calls, (bodies{"a", "a"}));
}

TEST_F(PushConsumer, OrderedDoesNotMoveOnPastAFailure) {
  settings.ordered = true;
  store(*broker, "topic", 0, {"a", "b", "c"});
  failing = {"b"};
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  store(*broker, "topic", 0, {"d"});
  EXPECT_EQ(calls, (bodies{"a", "b"}));
  pass(milliseconds{1'200});
  EXPECT_EQ(calls, (bodies{"a", "b", "b", "c", "d"}));
}

TEST_F(PushConsumer, GivesBatchesOfOneQueueInOrder) {
  store(*broker, "topic", 0, {"a", "b", "c", "d", "e"});
  settings.listener_batch_max = 2;
  std::vector<std::size_t> sizes;
  consumer = spawn_push_consumer(
    sys, settings,
    [&](std::span<const received_message> messages) {
      sizes.push_back(messages.size());
      for (const auto& message : messages)
        calls.emplace_back(message.body);
      return consume_result::success;
    },
    where());
  run();
  assign(*broker, 1, "topic", {{0, 0}});
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 2, 1}));
  EXPECT_EQ(calls, (bodies{"a", "b", "c", "d", "e"}));
}

TEST_F(PushConsumer, StartsWhenTheTopicAppears) {
  settings.topics = {"later"};
  start();
  ASSERT_TRUE(consumer.problem());
  EXPECT_EQ(consumer.problem()->code, errc::unknown_topic);
  route("later", *broker, 1);
  pass(milliseconds{2'000});
  EXPECT_EQ(group().joins.size(), 1u);
  EXPECT_FALSE(consumer.problem());
}

TEST_F(PushConsumer, LeavesWithItsLastOffsetsWhenItIsStopped) {
  store(*broker, "topic", 0, {"a", "b"});
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  stop();
  ASSERT_FALSE(group().reports.empty());
  EXPECT_TRUE(group().reports.back().leaving);
  EXPECT_EQ(reported(0), 2u);
  store(*broker, "topic", 0, {"after"});
  EXPECT_EQ(calls, (bodies{"a", "b"}));
  stop();
}

TEST_F(PushConsumer, StopsWhileTheBrokerIsGone) {
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  kill(*broker);
  stop();
  EXPECT_TRUE(consumer.queues().empty());
}

TEST_F(PushConsumer, CallsNobodyAfterTheListenerStoppedIt) {
  store(*broker, "topic", 0, {"a", "b", "c"});
  on_message = [this](const std::string& body) {
    if (body == "b")
      consumer.stop();
  };
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  EXPECT_EQ(calls, (bodies{"a", "b"}));
  EXPECT_EQ(reported(0), 2u);
}

TEST_F(PushConsumer, MayBeDroppedInItsListener) {
  store(*broker, "topic", 0, {"a", "b", "c"});
  on_message = [this](const std::string&) { consumer = {}; };
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  EXPECT_EQ(calls, bodies{"a"});
}

TEST_F(PushConsumer, BoundsWhatItPullsAheadOfAnOrderedListener) {
  settings.ordered = true;
  settings.pull_messages_max = 10;
  on_message = [this](const std::string& body) { failing = {body}; };
  store(*broker, "topic", 0, bodies(1'000, "stuck"));
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{3'000});
  EXPECT_LE(broker->pulled_offsets.back(), 40u);
}

} // namespace

} // namespace apogee::client
