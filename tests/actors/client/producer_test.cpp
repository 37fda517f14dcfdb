#include "tests/actors/client/producer_test.hpp"

#include <algorithm>
#include <stdexcept>

namespace apogee::client {

namespace {

using std::chrono::milliseconds;

class Producer : public producer_test {};

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
  EXPECT_EQ(broker->appends[0].keys[0], (std::vector<std::string>{"k1", "k2"}));
  EXPECT_EQ(broker->appends[0].properties[0],
            (std::map<std::string, std::string>{{"p", "v"}}));
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

} // namespace

} // namespace apogee::client
