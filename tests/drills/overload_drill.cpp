#include "actors/client/producer.hpp"
#include "actors/client/pull_consumer.hpp"
#include "actors/client/push_consumer.hpp"
#include "tests/drills/send_journal.hpp"
#include "tests/support/node_process.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <latch>
#include <mutex>
#include <thread>

namespace apogee::drills {

namespace {

using namespace std::chrono_literals;

// A program that is checked for addresses has shadow memory of an eighth beside
// its own, and zones around each block.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t checked_memory_percent = 125;
#else
constexpr std::uint64_t checked_memory_percent = 100;
#endif

constexpr auto topic = "drill";
constexpr std::uint64_t mib = 1u << 20;

class OverloadDrill : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_TRUE(node_.start()) << node_.running().error_output();
    ASSERT_TRUE(
      node_admin(clients_.system, node_.address()).create_topic(topic, 4));
  }

  static std::chrono::seconds duration() {
    const auto* const text = std::getenv("APOGEE_OVERLOAD_SECONDS");
    return std::chrono::seconds{text == nullptr ? 4 : std::atoi(text)};
  }

  client::producer make_producer(ack_level ack) {
    client::producer_settings settings;
    settings.nameservers = {node_.address()};
    settings.ack = ack;
    settings.send_timeout = 2 * patience;
    settings.in_flight_bytes_max = 96 * mib;
    settings.batch_bytes_max = mib;
    return client::spawn_producer(clients_.system, settings);
  }

  temporary_folder folder_{folder_on::disk};
  node_process node_{
    "standalone",
    test_settings(folder_.path(), {"--broker.memory-limit=64MiB",
                                   "--storage.segment-size=256MiB",
                                   "--storage.dirty-bytes-max=16MiB",
                                   "--storage.retention-size=1GiB",
                                   "--storage.retention-check-interval=1s"})};
  client_system clients_;
};

} // namespace

TEST_F(OverloadDrill, MemoryStaysBoundedAndNothingAcknowledgedIsLost) {
  constexpr std::size_t body_size = 64u << 10;
  std::vector<client::producer> producers;
  for (int i = 0; i < 3; ++i)
    producers.push_back(make_producer(ack_level::disk));
  std::mutex mutex;
  std::map<queue_place, std::string> acknowledged;
  std::map<std::string, unsigned> failures;
  std::atomic<bool> is_ending{false};
  std::vector<std::thread> threads;
  for (auto& producer : producers)
    threads.emplace_back([&, number = &producer - producers.data()] {
      for (unsigned count = 0; !is_ending; ++count) {
        const auto name = std::to_string(number) + ":" + std::to_string(count);
        producer.send_async(
          {.topic = topic, .body = name + std::string(body_size, '.')},
          [&, name](const result<client::receipt>& sent) {
            std::lock_guard guard{mutex};
            if (sent)
              acknowledged[{topic, sent->queue, sent->offset.value}] = name;
            else
              ++failures[to_string(sent.error())];
          });
      }
    });
  std::uint64_t largest = 0;
  const auto end = std::chrono::steady_clock::now() + duration();
  while (std::chrono::steady_clock::now() < end) {
    largest = std::max(largest, node_.running().resident_bytes());
    std::this_thread::sleep_for(5ms);
  }
  is_ending = true;
  for (auto& thread : threads)
    thread.join();
  for (auto& producer : producers)
    producer.flush();
  std::cout << acknowledged.size() << " messages of 64 KiB acknowledged; at "
            << "most " << largest / mib << " MiB resident" << std::endl;
  EXPECT_LT(largest, (64 + 150) * mib * checked_memory_percent / 100);
  EXPECT_GT(acknowledged.size(), 100u);
  for (const auto& [text, count] : failures)
    ADD_FAILURE() << count << " sends failed: " << text;
  auto consumer = client::spawn_pull_consumer(
    clients_.system, {.nameservers = {node_.address()}});
  const auto queues = consumer.queues(topic);
  ASSERT_TRUE(queues) << to_string(queues.error());
  std::size_t missing = 0;
  for (const auto& [place, name] : acknowledged) {
    const client::topic_queue queue{queues->front().broker, topic, place.queue};
    const auto pulled =
      consumer.pull(queue, {place.offset}, {}, {.messages_max = 1});
    // The oldest may be deleted by now.
    if (!pulled && pulled.error().code == errc::offset_out_of_range)
      continue;
    const bool is_there = pulled && !pulled->messages.empty()
                          && pulled->messages[0].body.starts_with(name);
    missing += is_there ? 0 : 1;
  }
  EXPECT_EQ(missing, 0u);
}

TEST_F(OverloadDrill, ASlowConsumerSlowsNobodyElse) {
  std::atomic<unsigned> fast{0};
  std::atomic<unsigned> slow{0};
  std::latch others_are_done{1};
  const auto consume = [&](const std::string& group, auto listener) {
    client::push_consumer_settings settings;
    settings.nameservers = {node_.address()};
    settings.group = group;
    settings.topics = {topic};
    settings.from = client::start_from::earliest;
    return client::spawn_push_consumer(clients_.system, settings,
                                       client::message_listener{listener});
  };
  auto slow_one = consume("slow", [&](const client::received_message&) {
    ++slow;
    others_are_done.wait();
    return client::consume_result::success;
  });
  auto fast_one = consume("fast", [&](const client::received_message&) {
    ++fast;
    return client::consume_result::success;
  });
  auto producer = make_producer(ack_level::memory);
  constexpr unsigned messages = 20'000;
  std::atomic<unsigned> failed{0};
  const auto begin = std::chrono::steady_clock::now();
  for (unsigned i = 0; i < messages; ++i)
    producer.send_async(
      {.topic = topic, .body = std::string(1'000, '.')},
      [&](const result<client::receipt>& sent) { failed += sent ? 0 : 1; });
  producer.flush();
  EXPECT_TRUE(eventually([&] { return fast >= messages; }, patience)) << fast;
  EXPECT_TRUE(eventually([&] { return slow > 0; }, patience));
  std::cout << "the fast one had " << messages << " after "
            << std::chrono::duration_cast<std::chrono::milliseconds>(
                 std::chrono::steady_clock::now() - begin)
                 .count()
            << " ms, the slow one " << slow << std::endl;
  EXPECT_EQ(failed, 0u);
  EXPECT_LT(slow, messages / 10);
  others_are_done.count_down();
  slow_one.stop();
  fast_one.stop();
}

} // namespace apogee::drills
