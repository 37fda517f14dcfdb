#include "actors/client/push_consumer.hpp"
#include "tests/actors/client/fake_cluster.hpp"
#include "tests/actors/client/stopping.hpp"

#include <algorithm>
#include <stdexcept>

namespace apogee::client {

namespace {

using std::chrono::milliseconds;

/// A consumer whose listener runs on the test's thread.
class PushConsumer : public client_test {
protected:
  PushConsumer() {
    broker = add_broker("one", "one:1");
    route("topic", *broker, 2);
    settings.nameservers = {nameserver_address};
    settings.group = "group";
    settings.topics = {"topic"};
    settings.listener_threads = 0;
    settings.member_id = "me";
  }

  ~PushConsumer() override { stop(); }

  void start() {
    consumer = spawn_push_consumer(
      sys, settings,
      [this](const received_message& message) {
        const std::string body{message.body};
        calls.push_back(body);
        return behave(body);
      },
      where());
    run();
  }

  void stop() {
    run_while([this] { consumer.stop(); }, [this] { run(); });
    run();
  }

  /// What the listener does: fails the bodies in `failing` once each.
  consume_result behave(const std::string& body) {
    if (on_message)
      on_message(body);
    return failing.erase(body) > 0 ? consume_result::retry
                                   : consume_result::success;
  }

  fake_groups& group() { return *groups.at(broker.get()); }

  /// The newest offset that was reported for a queue.
  std::optional<std::uint64_t> reported(std::uint32_t queue) {
    for (auto at = group().reports.rbegin(); at != group().reports.rend(); ++at)
      if (const auto found = at->offsets.find({"topic", queue});
          found != at->offsets.end())
        return found->second;
    return {};
  }

  void pass(milliseconds time) {
    for (milliseconds done{0}; done < time; done += milliseconds{50})
      advance(milliseconds{50});
  }

  std::shared_ptr<fake_broker> broker;
  push_consumer_settings settings;
  push_consumer consumer;
  std::vector<std::string> calls;
  std::set<std::string> failing;
  std::function<void(const std::string&)> on_message;
};

using bodies = std::vector<std::string>;

TEST_F(PushConsumer, JoinsItsGroupAtTheBrokerOfItsTopics) {
  start();
  ASSERT_EQ(group().joins.size(), 1u);
  EXPECT_EQ(group().joins[0].group, "group");
  EXPECT_EQ(group().joins[0].member_id, "me");
  EXPECT_EQ(group().joins[0].topics, bodies{"topic"});
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

TEST_F(PushConsumer, CorrectsAnOffsetThatIsOutOfRange) {
  store(*broker, "topic", 0, {"a", "b", "c"});
  broker->min_offset = 2;
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  EXPECT_EQ(calls, bodies{"c"});
  EXPECT_EQ(consumer.corrected_offsets(), 1u);
  pass(milliseconds{1'500});
  EXPECT_EQ(reported(0), 3u);
}

TEST_F(PushConsumer, GoesBackToTheEndOfAQueueThatLostMessages) {
  store(*broker, "topic", 0, {"a"});
  start();
  assign(*broker, 1, "topic", {{0, 5}});
  store(*broker, "topic", 0, {"b"});
  EXPECT_EQ(calls, bodies{"b"});
}

TEST_F(PushConsumer, KeepsItsFailedMessagesWhenAQueueLostItsNewest) {
  store(*broker, "topic", 0, {"a", "b", "c"});
  failing = {"b"};
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  EXPECT_EQ(calls, (bodies{"a", "b", "c"}));
  kill(*broker);
  broker->queues[{"topic", 0}].pop_back();
  revive(broker);
  pass(milliseconds{500});
  assign(*broker, 10, "topic", {{0, 0}});
  pass(milliseconds{2'000});
  EXPECT_EQ(consumer.corrected_offsets(), 1u);
  EXPECT_EQ(calls, (bodies{"a", "b", "c", "b"}));
  EXPECT_EQ(reported(0), 2u);
}

TEST_F(PushConsumer, PullsADamagedRecordAgain) {
  store(*broker, "topic", 0, {"a", "b"});
  broker->corrupts_next_pull = true;
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  EXPECT_TRUE(consumer.problem());
  pass(milliseconds{500});
  EXPECT_EQ(calls, (bodies{"a", "b"}));
  EXPECT_EQ(consumer.skipped_messages(), 0u);
  EXPECT_FALSE(consumer.problem());
}

TEST_F(PushConsumer, SkipsADamagedRecordAndNoOther) {
  store(*broker, "topic", 0, {"a", "b", "damaged", "d", "e"});
  broker->damaged_offsets = {2};
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{3'000});
  EXPECT_EQ(consumer.skipped_messages(), 1u);
  EXPECT_EQ(calls, (bodies{"a", "b", "d", "e"}));
  EXPECT_EQ(reported(0), 5u);
  EXPECT_FALSE(consumer.problem());
}

TEST_F(PushConsumer, SkipsNoFailedMessageForADamagedOneBehindIt) {
  store(*broker, "topic", 0, {"a", "b", "damaged", "d"});
  broker->damaged_offsets = {2};
  bool may_pass = false;
  on_message = [&](const std::string& body) {
    if (body == "a" && !may_pass)
      failing = {"a"};
  };
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{3'000});
  EXPECT_EQ(consumer.skipped_messages(), 1u);
  EXPECT_EQ(calls.back(), "a");
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "d"), 1);
  EXPECT_EQ(reported(0).value_or(0), 0u);
  may_pass = true;
  pass(milliseconds{3'000});
  EXPECT_EQ(reported(0), 4u);
}

TEST_F(PushConsumer, FindsTheDamagedRecordThatTheBrokerDoesNotSend) {
  bodies all;
  for (int i = 0; i < 100; ++i)
    all.push_back("m" + std::to_string(i));
  store(*broker, "topic", 0, all);
  broker->damaged_offsets = {37};
  broker->refuses_damaged = true;
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  pass(milliseconds{3'000});
  EXPECT_EQ(consumer.skipped_messages(), 1u);
  all.erase(all.begin() + 37);
  EXPECT_EQ(calls, all);
  EXPECT_EQ(reported(0), 100u);
}

TEST_F(PushConsumer, JoinsAgainWhenTheBrokerForgotIt) {
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  group().refusals = {{errc::unknown_member, "who?"}};
  pass(milliseconds{4'000});
  EXPECT_EQ(group().joins.size(), 2u);
  EXPECT_EQ(group().joins[1].member_id, "me");
}

TEST_F(PushConsumer, GoesOnWhereItWasAfterTheBrokerRestarted) {
  store(*broker, "topic", 0, {"a", "b"});
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  kill(*broker); // nothing was reported yet
  pass(milliseconds{500});
  revive(broker);
  pass(milliseconds{2'000});
  ASSERT_EQ(group().joins.size(), 2u);
  assign(*broker, 10, "topic", {{0, 0}});
  store(*broker, "topic", 0, {"c"});
  EXPECT_EQ(calls, (bodies{"a", "b", "c"}));
  pass(milliseconds{1'500});
  EXPECT_EQ(reported(0), 3u);
}

TEST_F(PushConsumer, TakesOverWhatAnotherMemberDidMeanwhile) {
  store(*broker, "topic", 0, {"a"});
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  kill(*broker);
  for (const auto* body : {"b", "c"})
    broker->queues[{"topic", 0}].push_back({body, 0});
  revive(broker);
  pass(milliseconds{2'000});
  assign(*broker, 10, "topic", {{0, 2}});
  EXPECT_EQ(calls, (bodies{"a", "c"}));
}

TEST_F(PushConsumer, FollowsABrokerToItsNewAddress) {
  store(*broker, "topic", 0, {"a"});
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  kill(*broker);
  broker->address = "one:2";
  forget_routes();
  route("topic", *broker, 2);
  revive(broker);
  pass(milliseconds{7'000});
  ASSERT_EQ(group().joins.size(), 2u);
  assign(*broker, 10, "topic", {{0, 0}});
  store(*broker, "topic", 0, {"b"});
  EXPECT_EQ(calls, (bodies{"a", "b"}));
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
