#include "actors/client/producer.hpp"
#include "actors/client/pull_consumer.hpp"
#include "actors/client/push_consumer.hpp"
#include "tests/drills/send_journal.hpp"
#include "tests/support/node_process.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace apogee::drills {

namespace {

using namespace std::chrono_literals;

constexpr auto topic = "drill";

/// Longest time a stop() may take, also while the broker dies.
constexpr auto stop_max = 10s;

/// What callbacks may still do: shared with them, since they may outlive the
/// test when they are wrong.
struct witness {
  std::atomic<bool> is_stopped{false};
  std::atomic<unsigned> calls{0};
  std::atomic<unsigned> calls_afterwards{0};

  void note() {
    ++calls;
    if (is_stopped)
      ++calls_afterwards;
  }
};

class ClosingDrill : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_TRUE(node_.start()) << node_.running().error_output();
    const auto created =
      node_admin(clients_.system, node_.address()).create_topic(topic, 2);
    ASSERT_TRUE(created) << to_string(created.error()) << "\n"
                         << node_.running().error_output();
  }

  client::producer make_producer() {
    return client::spawn_producer(clients_.system,
                                  {.nameservers = {node_.address()}});
  }

  client::push_consumer make_consumer(const std::shared_ptr<witness>& seen,
                                      const std::string& group) {
    client::push_consumer_settings settings;
    settings.nameservers = {node_.address()};
    settings.group = group;
    settings.topics = {topic};
    settings.from = client::start_from::earliest;
    settings.stop_timeout = 1s;
    return client::spawn_push_consumer(
      clients_.system, settings,
      client::message_listener{[seen](const client::received_message&) {
        seen->note();
        return client::consume_result::success;
      }});
  }

  static void send_many(client::producer& producer,
                        const std::shared_ptr<witness>& seen, unsigned count) {
    client::message message;
    message.topic = topic;
    message.body = "body";
    for (unsigned i = 0; i < count; ++i)
      producer.send_async(
        message, [seen](const result<client::receipt>&) { seen->note(); });
  }

  /// Calls `stop`, after which no callback may run.
  template <class Stop>
  static void expect_silence_after(const std::shared_ptr<witness>& seen,
                                   Stop stop) {
    const auto begin = std::chrono::steady_clock::now();
    stop();
    seen->is_stopped = true;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, stop_max);
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(seen->calls_afterwards, 0u);
  }

  temporary_folder folder_;
  node_process node_{"standalone", test_settings(folder_.path())};
  client_system clients_;
};

} // namespace

TEST_F(ClosingDrill, AProducerMayBeStoppedTwiceAndAnswersEverythingOnce) {
  for (int round = 0; round < 20; ++round) {
    auto producer = make_producer();
    const auto seen = std::make_shared<witness>();
    send_many(producer, seen, 500);
    expect_silence_after(seen, [&] {
      producer.stop();
      producer.stop();
    });
    EXPECT_EQ(seen->calls, 500u);
    const auto late = producer.send({.topic = topic, .body = "late"});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, errc::closed);
  }
}

TEST_F(ClosingDrill, AProducerMayBeDroppedWithSendsUnderway) {
  for (int round = 0; round < 20; ++round) {
    const auto seen = std::make_shared<witness>();
    auto producer = make_producer();
    send_many(producer, seen, 500);
    expect_silence_after(seen, [&] { producer = {}; });
    EXPECT_EQ(seen->calls, 500u);
  }
}

TEST_F(ClosingDrill, AProducerMayBeStoppedInItsCallback) {
  const auto producer = std::make_shared<client::producer>(make_producer());
  const auto seen = std::make_shared<witness>();
  producer->send_async({.topic = topic, .body = "b"},
                       [producer, seen](const result<client::receipt>&) {
                         seen->note();
                         producer->stop();
                       });
  EXPECT_TRUE(eventually([&] { return seen->calls > 0; }, patience));
  producer->stop();
  EXPECT_EQ(seen->calls, 1u);
}

TEST_F(ClosingDrill, AProducerMayBeStoppedWhileTheBrokerDies) {
  for (int round = 0; round < 4; ++round) {
    auto producer = make_producer();
    const auto seen = std::make_shared<witness>();
    send_many(producer, seen, 2'000);
    std::thread stopper{[&] {
      std::this_thread::sleep_for(std::chrono::milliseconds{round});
      expect_silence_after(seen, [&] { producer.stop(); });
    }};
    node_.kill();
    stopper.join();
    EXPECT_EQ(seen->calls, 2'000u);
    ASSERT_TRUE(node_.start()) << node_.running().error_output();
  }
}

TEST_F(ClosingDrill, AConsumerMayBeStoppedTwiceAndDropped) {
  auto producer = make_producer();
  const auto sent = std::make_shared<witness>();
  send_many(producer, sent, 20'000);
  producer.flush();
  for (int round = 0; round < 4; ++round) {
    const auto seen = std::make_shared<witness>();
    auto consumer = make_consumer(seen, "closing-" + std::to_string(round));
    EXPECT_TRUE(eventually([&] { return seen->calls > 10; }, patience));
    expect_silence_after(seen, [&] {
      if (round % 2 == 0) {
        consumer.stop();
        consumer.stop();
      } else {
        consumer = {};
      }
    });
  }
}

TEST_F(ClosingDrill, AConsumerMayBeStoppedWhileTheBrokerDies) {
  auto producer = make_producer();
  const auto sent = std::make_shared<witness>();
  send_many(producer, sent, 20'000);
  producer.flush();
  for (int round = 0; round < 3; ++round) {
    const auto seen = std::make_shared<witness>();
    auto consumer = make_consumer(seen, "closing-" + std::to_string(round));
    EXPECT_TRUE(eventually([&] { return seen->calls > 10; }, patience));
    std::thread stopper{
      [&] { expect_silence_after(seen, [&] { consumer.stop(); }); }};
    node_.kill();
    stopper.join();
    consumer.stop();
    ASSERT_TRUE(node_.start()) << node_.running().error_output();
  }
}

TEST_F(ClosingDrill, ClientsThatNeverReachedANodeMayBeStopped) {
  node_.kill();
  auto producer = make_producer();
  const auto seen = std::make_shared<witness>();
  send_many(producer, seen, 10);
  expect_silence_after(seen, [&] { producer.stop(); });
  EXPECT_EQ(seen->calls, 10u);
  auto consumer = make_consumer(seen, "unreached");
  consumer.stop();
  auto reader = client::spawn_pull_consumer(clients_.system,
                                            {.nameservers = {node_.address()}});
  std::atomic<unsigned> answers{0};
  reader.queues_async(topic, [&](const auto& queues) {
    EXPECT_FALSE(queues);
    ++answers;
  });
  reader.stop();
  reader.stop();
  EXPECT_EQ(answers, 1u);
}

} // namespace apogee::drills
