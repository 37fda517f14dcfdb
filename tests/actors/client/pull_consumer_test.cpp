#include "actors/client/pull_consumer.hpp"
#include "tests/actors/client/fake_cluster.hpp"
#include "tests/actors/client/stopping.hpp"

#include <optional>

namespace apogee::client {

namespace {

using std::chrono::milliseconds;

class PullConsumer : public client_test {
protected:
  PullConsumer() {
    broker = add_broker("one", "one:1");
    route("topic", *broker, 2);
    store(*broker, "topic", 0, {"a", "b", "c"});
    consumer = spawn_pull_consumer(sys, {{nameserver_address}}, where());
    run();
  }

  ~PullConsumer() override { stop(); }

  void stop() {
    run_while([this] { consumer.stop(); }, [this] { run(); });
    run();
  }

  void pull(std::uint64_t offset, milliseconds wait = {},
            pull_limits limits = {}) {
    consumer.pull_async({"one", "topic", 0}, {offset}, wait, limits,
                        [this](const auto& reply) {
                          ++answered;
                          pulled = reply;
                        });
    run();
  }

  std::vector<std::string> bodies() const {
    std::vector<std::string> out;
    if (pulled && *pulled)
      for (const auto& message : (*pulled)->messages)
        out.emplace_back(message.body);
    return out;
  }

  errc error() const {
    return pulled && !*pulled ? pulled->error().code : errc::none;
  }

  std::shared_ptr<fake_broker> broker;
  pull_consumer consumer;
  std::optional<result<pulled_batch>> pulled;
  int answered = 0;
};

TEST_F(PullConsumer, ListsTheQueuesOfATopic) {
  std::vector<topic_queue> queues;
  consumer.queues_async("topic", [&](const auto& reply) { queues = *reply; });
  run();
  EXPECT_EQ(queues, (std::vector<topic_queue>{{"one", "topic", 0},
                                              {"one", "topic", 1}}));
}

TEST_F(PullConsumer, ReadsMessagesWithAllTheirParts) {
  pull(1);
  ASSERT_EQ(bodies(), (std::vector<std::string>{"b", "c"}));
  const auto& batch = pulled->value();
  EXPECT_EQ(batch.next_offset.value, 3u);
  EXPECT_EQ(batch.max_offset.value, 3u);
  const auto& first = batch.messages[0];
  EXPECT_EQ(first.broker, "one");
  EXPECT_EQ(first.topic, "topic");
  EXPECT_EQ(first.offset.value, 1u);
  EXPECT_EQ(first.tag, "a-tag");
  EXPECT_EQ(first.keys, (std::vector<std::string_view>{"a-key"}));
  EXPECT_EQ(first.born_time_ms, 7);
  EXPECT_EQ(first.store_time_ms, 1001);
}

TEST_F(PullConsumer, ObeysTheLimits) {
  pull(0, {}, {2, 1u << 20});
  EXPECT_EQ(bodies().size(), 2u);
  pull(0, {}, {100, 1});
  EXPECT_EQ(bodies().size(), 1u);
}

TEST_F(PullConsumer, WaitsForAMessage) {
  pull(3, milliseconds{10'000});
  advance(milliseconds{5'000});
  EXPECT_EQ(answered, 0);
  store(*broker, "topic", 0, {"late"});
  EXPECT_EQ(bodies(), (std::vector<std::string>{"late"}));
}

TEST_F(PullConsumer, AsksForTheEndsOfAQueue) {
  broker->queues[{"topic", 0}][0].store_time_ms = 4;
  std::optional<result<queue_ends>> ends;
  consumer.offsets_async({"one", "topic", 0}, 5,
                         [&](const auto& reply) { ends = reply; });
  run();
  ASSERT_TRUE(ends && *ends);
  EXPECT_EQ((*ends)->max_offset.value, 3u);
  EXPECT_EQ((*ends)->at_time.value, 1u);
}

TEST_F(PullConsumer, SaysWhenAnOffsetIsOutOfRange) {
  pull(77);
  EXPECT_EQ(error(), errc::offset_out_of_range);
}

TEST_F(PullConsumer, RefusesDamagedRecords) {
  broker->corrupts_next_pull = true;
  pull(0);
  EXPECT_EQ(error(), errc::corrupt);
}

TEST_F(PullConsumer, FailsForATopicThatDoesNotExist) {
  std::optional<failure> why;
  consumer.queues_async("nowhere",
                        [&](const auto& reply) { why = reply.error(); });
  run();
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, errc::unknown_topic);
}

TEST_F(PullConsumer, PullsAgainWhenTheBrokerComesBack) {
  pull(3, milliseconds{10'000});
  kill(*broker);
  advance(milliseconds{500});
  revive(broker);
  for (int i = 0; i < 20; ++i)
    advance(milliseconds{100});
  store(*broker, "topic", 0, {"after"});
  EXPECT_EQ(bodies(), (std::vector<std::string>{"after"}));
  EXPECT_EQ(answered, 1);
}

TEST_F(PullConsumer, TimesOutWithTheReason) {
  kill(*broker);
  pull(0);
  for (int i = 0; i < 70; ++i)
    advance(milliseconds{50});
  ASSERT_EQ(error(), errc::timeout);
  EXPECT_NE(pulled->error().text.find("one:1"), std::string::npos);
}

TEST_F(PullConsumer, AnswersEverythingWhenItIsStopped) {
  pull(3, milliseconds{10'000});
  stop();
  EXPECT_EQ(error(), errc::closed);
  pull(0);
  EXPECT_EQ(error(), errc::closed);
  EXPECT_EQ(answered, 2);
  stop();
}

TEST_F(PullConsumer, AnswersCallsThatCameWhileACallbackStoppedIt) {
  consumer.queues_async("topic", [](const auto&) {});
  run(); // the route is known: the next call is answered when it is taken
  std::vector<errc> late;
  consumer.queues_async("topic", [&](const auto&) {
    consumer.stop();
    ++answered;
  });
  for (int i = 0; i < 3; ++i)
    consumer.queues_async(
      "topic", [&](const auto& reply) { late.push_back(reply.error().code); });
  run();
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(late, (std::vector<errc>(3, errc::closed)));
}

TEST_F(PullConsumer, MayBeDroppedInsideACallback) {
  consumer.queues_async("topic", [&](const auto&) {
    consumer = {};
    ++answered;
  });
  run();
  EXPECT_EQ(answered, 1);
}

} // namespace

} // namespace apogee::client
