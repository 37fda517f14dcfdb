#include "actors/client/producer.hpp"

#include "tests/actors/client/fake_cluster.hpp"
#include "tests/actors/client/stopping.hpp"

#include <algorithm>
#include <stdexcept>

namespace apogee::client {

namespace {

using std::chrono::milliseconds;

class Producer : public client_test {
protected:
  Producer() {
    broker = add_broker("one", "one:1");
    route("topic", *broker, 4);
    settings.nameservers = {nameserver_address};
  }

  ~Producer() override { stop(); }

  void start() {
    producer = spawn_producer(sys, settings, where());
    run();
  }

  /// stop() waits for the actor, which needs this thread to run.
  void stop() {
    run_while([this] { producer.stop(); }, [this] { run(); });
    run();
  }

  static message make(std::string body, std::string topic = "topic") {
    message out;
    out.topic = std::move(topic);
    out.body = std::move(body);
    return out;
  }

  /// Sends and keeps the answer, by body.
  void send(message msg) {
    const auto body = msg.body;
    producer.send_async(msg, [this, body](const result<receipt>& reply) {
      answers[body].push_back(reply);
      ++answered;
    });
  }

  errc error_of(const std::string& body) {
    const auto& replies = answers[body];
    return replies.size() == 1 && !replies[0] ? replies[0].error().code
                                              : errc::none;
  }

  std::string text_of(const std::string& body) {
    return error_of(body) == errc::none ? "" : answers[body][0].error().text;
  }

  bool is_stored_once(const std::string& body) {
    return answers[body].size() == 1 && answers[body][0].has_value();
  }

  std::shared_ptr<fake_broker> broker;
  producer_settings settings;
  client::producer producer;
  std::map<std::string, std::vector<result<receipt>>> answers;
  std::size_t answered = 0;
};

TEST_F(Producer, AnswersWithTheReceiptOfEachMessage) {
  start();
  send(make("a"));
  send(make("b"));
  run();
  ASSERT_TRUE(is_stored_once("a"));
  ASSERT_TRUE(is_stored_once("b"));
  const auto& first = *answers["a"][0];
  EXPECT_EQ(first.broker, "one");
  EXPECT_EQ(first.topic, "topic");
  EXPECT_EQ(first.offset.value, 0u);
  EXPECT_EQ(first.store_time_ms, 42);
  EXPECT_EQ(first.attempts, 1u);
  const auto& second = *answers["b"][0];
  EXPECT_EQ(second.offset.value, 1u);
  EXPECT_GT(second.position.value, first.position.value);
}

TEST_F(Producer, SendsWhatIsPendingInOneRequest) {
  start();
  for (int i = 0; i < 100; ++i)
    send(make("m" + std::to_string(i)));
  run();
  EXPECT_EQ(answered, 100u);
  ASSERT_EQ(broker->appends.size(), 1u);
  EXPECT_EQ(broker->appends[0].bodies.size(), 100u);
  EXPECT_EQ(broker->appends[0].bodies[99], "m99");
}

TEST_F(Producer, GivesBatchesToTheQueuesInTurn) {
  start();
  for (int i = 0; i < 5; ++i) {
    send(make("m" + std::to_string(i)));
    run();
  }
  std::vector<std::uint32_t> queues;
  for (const auto& append : broker->appends)
    queues.push_back(append.queue);
  EXPECT_EQ(queues, (std::vector<std::uint32_t>{0, 1, 2, 3, 0}));
}

TEST_F(Producer, CarriesTagKeysPropertiesAndAckLevel) {
  settings.ack = ack_level::disk;
  start();
  auto msg = make("body");
  msg.tag = "blue";
  msg.keys = {"k1", "k2"};
  msg.properties = {{"p", "v"}};
  send(msg);
  run();
  ASSERT_EQ(broker->appends.size(), 1u);
  EXPECT_EQ(broker->appends[0].tags[0], "blue");
  EXPECT_EQ(broker->appends[0].ack, 2);
}

TEST_F(Producer, KeepsMessagesOfOneShardKeyInOneQueueAndInOrder) {
  start();
  for (int i = 0; i < 40; ++i) {
    auto msg = make("m" + std::to_string(i));
    msg.shard_key = "key" + std::to_string(i % 4);
    send(msg);
    if (i % 7 == 0)
      run();
  }
  run();
  EXPECT_EQ(answered, 40u);
  for (int key = 0; key < 4; ++key) {
    std::vector<std::uint64_t> offsets;
    std::set<std::uint32_t> queues;
    for (int i = key; i < 40; i += 4) {
      const auto& reply = *answers["m" + std::to_string(i)].at(0);
      offsets.push_back(reply.offset.value);
      queues.insert(reply.queue);
    }
    EXPECT_EQ(queues.size(), 1u);
    EXPECT_TRUE(std::is_sorted(offsets.begin(), offsets.end()));
  }
}

TEST_F(Producer, HasOneOrderedRequestUnderWayPerQueue) {
  broker->holds = true;
  start();
  for (int i = 0; i < 3; ++i) {
    auto msg = make("m" + std::to_string(i));
    msg.shard_key = "same";
    send(msg);
    run();
  }
  EXPECT_EQ(broker->held.size(), 1u);
}

TEST_F(Producer, KeepsOrderWhenAnOrderedRequestIsRefused) {
  broker->refusals = {{errc::busy, "slow down"}, {errc::busy, "slow down"}};
  start();
  for (int i = 0; i < 3; ++i) {
    auto msg = make("m" + std::to_string(i));
    msg.shard_key = "same";
    send(msg);
    run();
  }
  for (int i = 0; i < 20; ++i)
    advance(milliseconds{50});
  ASSERT_EQ(answered, 3u);
  EXPECT_EQ(answers["m0"][0]->offset.value, 0u);
  EXPECT_EQ(answers["m1"][0]->offset.value, 1u);
  EXPECT_EQ(answers["m2"][0]->offset.value, 2u);
  EXPECT_EQ(answers["m0"][0]->attempts, 3u);
}

TEST_F(Producer, KeepsFewRequestsUnderWayAndLetsTheRestGrow) {
  broker->holds = true;
  start();
  for (int i = 0; i < 50; ++i) {
    send(make("m" + std::to_string(i)));
    run();
  }
  EXPECT_EQ(broker->held.size(), 2u);
  answer_one(*broker);
  ASSERT_EQ(broker->held.size(), 2u);
  EXPECT_EQ(broker->held[1].request.bodies.size(), 48u);
}

TEST_F(Producer, SendsMoreRequestsWhileFullBatchesArePending) {
  broker->holds = true;
  start();
  const std::string body(1024, 'x');
  for (int i = 0; i < 2000; ++i) {
    send(make(body));
    run();
  }
  EXPECT_EQ(broker->held.size(), 8u);
}

TEST_F(Producer, FailsAtOnceForATopicThatDoesNotExist) {
  start();
  send(make("lost", "nowhere"));
  run();
  EXPECT_EQ(error_of("lost"), errc::unknown_topic);
  EXPECT_NE(text_of("lost").find("create it"), std::string::npos);
}

TEST_F(Producer, SendsOnceTheTopicWasCreated) {
  start();
  send(make("early", "later"));
  run();
  route("later", *broker, 1);
  send(make("late", "later"));
  run();
  EXPECT_EQ(error_of("early"), errc::unknown_topic);
  EXPECT_TRUE(is_stored_once("late"));
}

TEST_F(Producer, RefusesATopicThatMayNotBeWritten) {
  route("read-only", *broker, 4, 4);
  start();
  send(make("x", "read-only"));
  run();
  EXPECT_EQ(error_of("x"), errc::permission_denied);
}

TEST_F(Producer, RefusesBodiesOverTheLimit) {
  settings.message_size_max = 100;
  start();
  send(make(std::string(101, 'x')));
  EXPECT_EQ(error_of(std::string(101, 'x')), errc::message_too_large);
  EXPECT_EQ(broker->appends.size(), 0u);
}

TEST_F(Producer, TimesOutWhenTheBrokerDoesNotAnswer) {
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

TEST_F(Producer, TimesOutWithoutANameserver) {
  settings.nameservers = {"gone:1"};
  start();
  send(make("a"));
  for (int i = 0; i < 70; ++i)
    advance(milliseconds{50});
  EXPECT_EQ(error_of("a"), errc::timeout);
  EXPECT_NE(text_of("a").find("gone:1"), std::string::npos);
}

TEST_F(Producer, TriesTheNextNameserver) {
  settings.nameservers = {"gone:1", nameserver_address};
  start();
  send(make("a"));
  run();
  advance(milliseconds{100});
  EXPECT_TRUE(is_stored_once("a"));
}

TEST_F(Producer, RetriesOnAnotherBroker) {
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

TEST_F(Producer, SendsToTheOtherBrokerWhileOneIsDown) {
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

TEST_F(Producer, SendsAgainWhatWasUnderWayWhenTheBrokerCameBack) {
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

TEST_F(Producer, FollowsABrokerToItsNewAddress) {
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

TEST_F(Producer, WaitsForAKnownTopicThatIsGoneForAMoment) {
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

TEST_F(Producer, GivesUpAfterTheLastAttempt) {
  broker->refusals = {{errc::crashed, "1"}, {errc::crashed, "2"},
                      {errc::crashed, "3"}, {errc::crashed, "4"}};
  start();
  send(make("a"));
  for (int i = 0; i < 20; ++i)
    advance(milliseconds{50});
  EXPECT_EQ(error_of("a"), errc::crashed);
  EXPECT_EQ(broker->appends.size(), 3u);
}

TEST_F(Producer, AsksABusyBrokerAgainUntilTheTimeOut) {
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

TEST_F(Producer, SeparatesAMessageThatHarmsOthers) {
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

TEST_F(Producer, RefusesInsteadOfWaitingWhenAsked) {
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

TEST_F(Producer, BlocksSendersUntilThereIsRoom) {
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

TEST_F(Producer, SendsAndWaitsOnTheCallersThread) {
  start();
  run_while([&] { EXPECT_TRUE(producer.send(make("a"))); }, [&] { run(); });
}

TEST_F(Producer, FlushWaitsForEveryAnswer) {
  start();
  send(make("a"));
  run_while([&] { producer.flush(); }, [&] { run(); });
  EXPECT_EQ(answered, 1u);
}

TEST_F(Producer, AnswersEverythingWhenItIsStopped) {
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

TEST_F(Producer, AnswersWhatWaitsForARouteWhenItIsStopped) {
  settings.nameservers = {"gone:1"};
  start();
  send(make("a"));
  run();
  stop();
  EXPECT_EQ(error_of("a"), errc::closed);
}

TEST_F(Producer, RunsNoCallbackAfterStoppingInsideACallback) {
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

TEST_F(Producer, MayBeDroppedInsideACallback) {
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

TEST_F(Producer, MaySendFromACallback) {
  start();
  producer.send_async(make("first"), [&](const result<receipt>&) {
    send(make("second"));
  });
  run();
  EXPECT_TRUE(is_stored_once("second"));
}

TEST_F(Producer, StaysUsableWhenACallbackThrows) {
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
