#include "actors/client/producer_actor.hpp"
#include "tests/actors/client/producer_test.hpp"

#include <algorithm>
#include <future>
#include <stdexcept>

namespace apogee::client {

namespace {

using std::chrono::milliseconds;

class ProducerInTrouble : public producer_test {};

TEST_F(ProducerInTrouble, TimesOutWhenTheBrokerDoesNotAnswer) {
  broker->holds = true;
  start();
  send(make("a"));
  run();
  advance(milliseconds{2'900});
  EXPECT_EQ(answered, 0u);
  advance(milliseconds{200});
  EXPECT_EQ(error_of("a"), errc::timeout);
  EXPECT_NE(text_of("a").find("'one'"), std::string::npos);
  // The answer that comes too late is nobody's.
  answer_one(*broker);
  EXPECT_EQ(answered, 1u);
}

TEST_F(ProducerInTrouble, NeedsNoMoreTimersTheMoreOftenItTries) {
  settings.send_timeout = milliseconds{60'000};
  broker->refusals.assign(20, {errc::busy, "slow down"});
  start();
  send(make("a"));
  for (int i = 0; i < 10; ++i)
    advance(milliseconds{50});
  const auto before = sched.clock().schedule().size();
  while (!broker->refusals.empty())
    advance(milliseconds{50});
  EXPECT_LE(sched.clock().schedule().size(), before);
  advance(milliseconds{500});
  EXPECT_TRUE(is_stored_once("a"));
}

TEST_F(ProducerInTrouble, TimesOutWithoutANameserver) {
  settings.nameservers = {"gone:1"};
  start();
  send(make("a"));
  for (int i = 0; i < 70; ++i)
    advance(milliseconds{50});
  EXPECT_EQ(error_of("a"), errc::timeout);
  EXPECT_NE(text_of("a").find("gone:1"), std::string::npos);
}

TEST_F(ProducerInTrouble, TriesTheNextNameserver) {
  settings.nameservers = {"gone:1", nameserver_address};
  start();
  send(make("a"));
  run();
  advance(milliseconds{100});
  EXPECT_TRUE(is_stored_once("a"));
}

TEST_F(ProducerInTrouble, RetriesOnAnotherBroker) {
  auto other = add_broker("two", "two:1");
  route("topic", *other, 4);
  broker->refusals = {{errc::storage_failed, "the disk is broken"}};
  start();
  send(make("warm-up"));
  run();
  advance(milliseconds{20});
  ASSERT_TRUE(is_stored_once("warm-up"));
  EXPECT_EQ(answers["warm-up"][0]->broker, "two");
  EXPECT_EQ(answers["warm-up"][0]->attempts, 2u);
}

TEST_F(ProducerInTrouble, SendsToTheOtherBrokerWhileOneIsDown) {
  auto other = add_broker("two", "two:1");
  route("topic", *other, 4);
  start();
  send(make("first"));
  run();
  kill(*broker);
  for (int i = 0; i < 6; ++i) {
    send(make("m" + std::to_string(i)));
    run();
    EXPECT_TRUE(is_stored_once("m" + std::to_string(i)));
  }
  EXPECT_GE(other->appends.size(), 6u);
}

TEST_F(ProducerInTrouble, SendsAgainWhatWasUnderWayWhenTheBrokerCameBack) {
  broker->holds = true;
  start();
  send(make("a"));
  run();
  ASSERT_EQ(broker->held.size(), 1u);
  kill(*broker);
  send(make("b"));
  advance(milliseconds{500});
  EXPECT_EQ(answered, 0u);
  broker->holds = false;
  revive(broker);
  advance(milliseconds{1'000});
  ASSERT_TRUE(is_stored_once("a"));
  EXPECT_EQ(answers["a"][0]->attempts, 2u);
  ASSERT_TRUE(is_stored_once("b"));
  EXPECT_EQ(answers["b"][0]->attempts, 1u);
}

TEST_F(ProducerInTrouble, FollowsABrokerToItsNewAddress) {
  start();
  auto sharded = make("before");
  sharded.shard_key = "k";
  send(sharded);
  run();
  kill(*broker);
  sharded.body = "while-down";
  send(sharded);
  send(make("plain"));
  run();
  broker->address = "one:2";
  forget_routes();
  route("topic", *broker, 4);
  revive(broker);
  for (int i = 0; i < 20; ++i)
    advance(milliseconds{100});
  EXPECT_TRUE(is_stored_once("plain"));
  EXPECT_TRUE(is_stored_once("while-down"));
}

TEST_F(ProducerInTrouble, WaitsForAKnownTopicThatIsGoneForAMoment) {
  start();
  send(make("a"));
  run();
  kill(*broker);
  forget_routes();
  add_broker("two", "two:1");
  send(make("b"));
  advance(milliseconds{500});
  EXPECT_EQ(answered, 1u);
  route("topic", *broker, 4);
  revive(broker);
  for (int i = 0; i < 20; ++i)
    advance(milliseconds{100});
  EXPECT_TRUE(is_stored_once("b"));
}

TEST_F(ProducerInTrouble, GivesUpAfterTheLastAttempt) {
  broker->refusals = {{errc::crashed, "1"},
                      {errc::crashed, "2"},
                      {errc::crashed, "3"},
                      {errc::crashed, "4"}};
  start();
  send(make("a"));
  for (int i = 0; i < 20; ++i)
    advance(milliseconds{50});
  EXPECT_EQ(error_of("a"), errc::crashed);
  EXPECT_EQ(broker->appends.size(), 3u);
}

TEST_F(ProducerInTrouble, SendsToOtherBrokersWhileOneHangs) {
  auto other = add_broker("two", "two:1");
  route("elsewhere", *other, 4);
  broker->holds = true;
  start();
  for (int i = 0; i < 10; ++i) {
    send(make("hangs" + std::to_string(i)));
    run();
    send(make("flows" + std::to_string(i), "elsewhere"));
    run();
    EXPECT_TRUE(is_stored_once("flows" + std::to_string(i)));
  }
  EXPECT_EQ(broker->held.size(), small_requests_in_flight_max);
  broker->holds = false;
  while (!broker->held.empty())
    answer_one(*broker);
  EXPECT_EQ(answered, 20u);
}

TEST_F(ProducerInTrouble, AsksABusyBrokerAgainUntilTheTimeOut) {
  broker->refusals.assign(100, {errc::busy, "the disk is slow"});
  start();
  send(make("a"));
  for (int i = 0; i < 70; ++i)
    advance(milliseconds{50});
  EXPECT_EQ(error_of("a"), errc::timeout);
  EXPECT_NE(text_of("a").find("busy: the disk is slow"), std::string::npos);
  EXPECT_GT(broker->appends.size(), 5u);
  EXPECT_LT(broker->appends.size(), 20u);
}

TEST_F(ProducerInTrouble, SeparatesAMessageThatHarmsOthers) {
  broker->messages_per_request_max = 1;
  start();
  for (int i = 0; i < 5; ++i)
    send(make("m" + std::to_string(i)));
  for (int i = 0; i < 20; ++i)
    advance(milliseconds{10});
  EXPECT_EQ(answered, 5u);
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(is_stored_once("m" + std::to_string(i)));
}

TEST_F(ProducerInTrouble, RefusesInsteadOfWaitingWhenAsked) {
  broker->holds = true;
  settings.in_flight_bytes_max = 4096;
  start();
  const auto body = std::string(1024, 'x');
  errc last = errc::none;
  int accepted = 0;
  for (int i = 0; i < 10; ++i) {
    const auto sent = producer.try_send_async(make(body), {});
    if (sent)
      ++accepted;
    else
      last = sent.error().code;
  }
  EXPECT_EQ(accepted, 3);
  EXPECT_EQ(last, errc::busy);
  run();
  answer_one(*broker);
  EXPECT_TRUE(producer.try_send_async(make(body), {}));
}

TEST_F(ProducerInTrouble, BlocksSendersUntilThereIsRoom) {
  settings.in_flight_bytes_max = 4096;
  start();
  const auto body = std::string(1024, 'x');
  run_while(
    [&] {
      for (int i = 0; i < 50; ++i)
        EXPECT_TRUE(producer.send_oneway(make(body)));
    },
    [&] { run(); });
  run();
  EXPECT_EQ((broker->queues[{"topic", 0}].size()
             + broker->queues[{"topic", 1}].size()
             + broker->queues[{"topic", 2}].size()
             + broker->queues[{"topic", 3}].size()),
            50u);
}

TEST_F(ProducerInTrouble, SendsAndWaitsOnTheCallersThread) {
  start();
  run_while([&] { EXPECT_TRUE(producer.send(make("a"))); }, [&] { run(); });
}

TEST_F(ProducerInTrouble, FlushWaitsForEveryAnswer) {
  start();
  send(make("a"));
  run_while([&] { producer.flush(); }, [&] { run(); });
  EXPECT_EQ(answered, 1u);
}

TEST_F(ProducerInTrouble, FlushWaitsForTheCallbackOfATimeOut) {
  broker->holds = true;
  start();
  std::future<void> flushed;
  auto state = std::future_status::ready;
  producer.send_async(make("a"), [&](const result<receipt>& reply) {
    EXPECT_EQ(reply.error().code, errc::timeout);
    flushed = std::async(std::launch::async, [&] { producer.flush(); });
    state = flushed.wait_for(milliseconds{50});
  });
  run();
  advance(milliseconds{3'100});
  EXPECT_EQ(state, std::future_status::timeout);
  flushed.get();
}

TEST_F(ProducerInTrouble, AnswersEverythingWhenItIsStopped) {
  broker->holds = true;
  start();
  send(make("under-way"));
  run();
  send(make("pending"));
  stop();
  EXPECT_EQ(error_of("under-way"), errc::closed);
  EXPECT_EQ(error_of("pending"), errc::closed);
  send(make("after"));
  EXPECT_EQ(error_of("after"), errc::closed);
  stop();
  EXPECT_EQ(answered, 3u);
}

TEST_F(ProducerInTrouble, AnswersWhatWaitsForARouteWhenItIsStopped) {
  settings.nameservers = {"gone:1"};
  start();
  send(make("a"));
  run();
  stop();
  EXPECT_EQ(error_of("a"), errc::closed);
}

TEST_F(ProducerInTrouble, RunsNoCallbackAfterStoppingInsideACallback) {
  start();
  int after = 0;
  bool stopped = false;
  for (int i = 0; i < 5; ++i)
    producer.send_async(make("m"), [&](const result<receipt>&) {
      after += stopped ? 1 : 0;
      if (!stopped && ++answered == 2) {
        producer.stop();
        stopped = true;
      }
    });
  run();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(after, 0);
  EXPECT_EQ(answered, 5u);
}

TEST_F(ProducerInTrouble, RunsNoCallbackAfterStoppingWhenATopicIsUnknown) {
  settings.batch_bytes_max = 512; // several batches
  start();
  int after = 0;
  bool stopped = false;
  for (int i = 0; i < 10; ++i)
    producer.send_async(make(std::string(200, 'x'), "nowhere"),
                        [&](const result<receipt>&) {
                          after += stopped ? 1 : 0;
                          if (++answered == 1) {
                            producer.stop();
                            stopped = true;
                          }
                        });
  run();
  EXPECT_EQ(answered, 10u);
  EXPECT_EQ(after, 0);
}

TEST_F(ProducerInTrouble, MayBeDroppedInsideACallback) {
  start();
  auto handle = std::make_shared<client::producer>(producer);
  producer.send_async(make("m"), [&, handle](const result<receipt>&) mutable {
    producer = {};
    *handle = {};
    ++answered;
  });
  handle.reset();
  run();
  EXPECT_EQ(answered, 1u);
}

TEST_F(ProducerInTrouble, DoesNotWaitInACallbackOfAnotherClient) {
  settings.in_flight_bytes_max = 1;
  start();
  auto other = spawn_producer(sys, settings, where());
  errc sent = errc::none;
  errc full = errc::none;
  producer.send_async(make("first"), [&](const result<receipt>&) {
    sent = other.send(make("second")).error().code;
    other.send_async(make("third"), [&](const auto& reply) {
      EXPECT_EQ(reply.error().code, errc::closed);
    });
    full = other.send_oneway(make("fourth")).error().code;
    other.flush();
    other.stop();
    ++answered;
  });
  run();
  EXPECT_EQ(answered, 1u);
  EXPECT_EQ(sent, errc::invalid_argument);
  EXPECT_EQ(full, errc::busy);
}

TEST_F(ProducerInTrouble, MaySendFromACallback) {
  start();
  producer.send_async(make("first"),
                      [&](const result<receipt>&) { send(make("second")); });
  run();
  EXPECT_TRUE(is_stored_once("second"));
}

TEST_F(ProducerInTrouble, StaysUsableWhenACallbackThrows) {
  start();
  producer.send_async(make("first"), [](const result<receipt>&) {
    throw std::runtime_error("user code");
  });
  send(make("second"));
  run();
  EXPECT_TRUE(is_stored_once("second"));
}

} // namespace

} // namespace apogee::client
