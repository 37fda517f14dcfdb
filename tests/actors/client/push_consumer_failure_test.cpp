#include "tests/actors/client/push_consumer_test.hpp"

#include <algorithm>
#include <condition_variable>
#include <thread>

namespace apogee::client {

namespace {

using std::chrono::milliseconds;

class PushConsumerInTrouble : public push_consumer_test {};

using bodies = std::vector<std::string>;

TEST_F(PushConsumerInTrouble, CorrectsAnOffsetThatIsOutOfRange) {
  store(*broker, "topic", 0, {"a", "b", "c"});
  broker->min_offset = 2;
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  EXPECT_EQ(calls, bodies{"c"});
  EXPECT_EQ(consumer.corrected_offsets(), 1u);
  pass(milliseconds{1'500});
  EXPECT_EQ(reported(0), 3u);
}

TEST_F(PushConsumerInTrouble, GoesBackToTheEndOfAQueueThatLostMessages) {
  store(*broker, "topic", 0, {"a"});
  start();
  assign(*broker, 1, "topic", {{0, 5}});
  store(*broker, "topic", 0, {"b"});
  EXPECT_EQ(calls, bodies{"b"});
}

TEST_F(PushConsumerInTrouble, KeepsItsFailedMessagesWhenAQueueLostItsNewest) {
  group().send_back_failure = {errc::busy, "the broker has no time"};
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

TEST_F(PushConsumerInTrouble, PullsADamagedRecordAgain) {
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

TEST_F(PushConsumerInTrouble, SkipsADamagedRecordAndNoOther) {
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

TEST_F(PushConsumerInTrouble, SkipsNoFailedMessageForADamagedOneBehindIt) {
  group().send_back_failure = {errc::busy, "the broker has no time"};
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

TEST_F(PushConsumerInTrouble, FindsTheDamagedRecordThatTheBrokerDoesNotSend) {
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

TEST_F(PushConsumerInTrouble, JoinsAgainWhenTheBrokerForgotIt) {
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  group().refusals = {{errc::unknown_member, "who?"}};
  pass(milliseconds{4'000});
  EXPECT_EQ(group().joins.size(), 2u);
  EXPECT_EQ(group().joins[1].member_id, "me");
}

TEST_F(PushConsumerInTrouble, GoesOnWhereItWasAfterTheBrokerRestarted) {
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

TEST_F(PushConsumerInTrouble, TakesOverWhatAnotherMemberDidMeanwhile) {
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

TEST_F(PushConsumerInTrouble, FollowsABrokerToItsNewAddress) {
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

/// A consumer whose listener runs on threads of its own, where it waits for the
/// test. No listener may be let go while actors run: its session is told of the
/// end, and actors in virtual time have one thread.
class PushConsumerThreads : public push_consumer_test {
protected:
  PushConsumerThreads() {
    settings.listener_threads = 2;
    on_message = [this](const std::string&) {
      std::unique_lock lock{mutex};
      ++begun;
      ++inside;
      inside_max = std::max(inside_max, inside);
      changed.notify_all();
      changed.wait(lock, [this] { return allowed > 0; });
      --allowed;
      --inside;
    };
  }

  ~PushConsumerThreads() override {
    let_go(1'000);
    stop();
  }

  void wait_until_begun(int count) {
    std::unique_lock lock{mutex};
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds{10},
                                 [&] { return begun >= count; }));
  }

  /// Lets listeners return; their threads report it before this returns.
  void let_go(int count) {
    {
      std::lock_guard guard{mutex};
      allowed += count;
    }
    changed.notify_all();
    std::this_thread::sleep_for(milliseconds{100});
  }

  std::mutex mutex;
  std::condition_variable changed;
  int begun = 0;
  int inside = 0;
  int inside_max = 0;
  int allowed = 0;
};

TEST_F(PushConsumerThreads, CorrectsNoQueueThatWasTakenAway) {
  store(*broker, "topic", 0, {"a"});
  broker->holds_offsets = true;
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  wait_until_begun(1);
  broker->min_offset = 10; // the next pull is refused
  store(*broker, "topic", 0, {"b"});
  pass(milliseconds{100});
  ASSERT_EQ(broker->held_offsets.size(), 1u);
  assign(*broker, 2, "topic", {});
  answer_offsets(*broker, 10, 10);
  EXPECT_TRUE(consumer.queues().empty());
  const auto pulls = broker->pulled_offsets.size();
  let_go(10);
  pass(milliseconds{1'000});
  EXPECT_EQ(broker->pulled_offsets.size(), pulls);
  EXPECT_EQ(group().reports.back().generation, 2u);
}

TEST_F(PushConsumerThreads, GoesOnInOrderAsSoonAsTheListenerIsDone) {
  settings.ordered = true;
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  store(*broker, "topic", 0, {"a"});
  wait_until_begun(1);
  store(*broker, "topic", 0, {"b"});
  let_go(1);
  run(); // no time passes
  wait_until_begun(2);
  EXPECT_EQ(inside_max, 1);
}

TEST_F(PushConsumerThreads,
       KeepsOneListenerPerOrderedQueueWhenItGoesOnElsewhere) {
  settings.ordered = true;
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  store(*broker, "topic", 0, {"a", "b", "c"});
  wait_until_begun(1);
  assign(*broker, 2, "topic", {{0, 2}}); // another member has been there
  let_go(1);
  run();
  wait_until_begun(2);
  EXPECT_EQ(calls, (bodies{"a", "c"}));
  EXPECT_EQ(inside_max, 1);
}

TEST_F(PushConsumerThreads, KeepsOneListenerPerOrderedQueueThatComesBack) {
  settings.ordered = true;
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  store(*broker, "topic", 0, {"a", "b"});
  wait_until_begun(1);
  assign(*broker, 2, "topic", {});
  assign(*broker, 3, "topic", {{0, 1}});
  let_go(1);
  run();
  wait_until_begun(2);
  EXPECT_EQ(calls, (bodies{"a", "b"}));
  EXPECT_EQ(inside_max, 1);
}

TEST_F(PushConsumerThreads, LetsGoOfAQueueAsSoonAsItsListenerIsDone) {
  start();
  assign(*broker, 1, "topic", {{0, 0}});
  store(*broker, "topic", 0, {"a"});
  wait_until_begun(1);
  assign(*broker, 2, "topic", {});
  EXPECT_EQ(group().reports.back().generation, 1u);
  let_go(1);
  run(); // no time passes
  EXPECT_EQ(group().reports.back().generation, 2u);
  EXPECT_EQ(reported(0), 1u);
}

} // namespace

} // namespace apogee::client
