#include "actors/client/listener_pool.hpp"
#include "actors/client/pull_reply_reading.hpp"
#include "tests/actors/client/fake_records.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <map>
#include <set>
#include <thread>

namespace apogee::client {

namespace {

/// A pool with real threads, and a session that waits for its events.
class ListenerPool : public testing::Test {
protected:
  ~ListenerPool() override {
    if (pool)
      pool->stop();
    events->close(); // as a session does when it ends
  }

  void start(message_listener listen) {
    pool = std::make_unique<listener_pool>(listener{std::move(listen), {}},
                                           settings);
    lease->queue = {"one", "topic", 0};
    lease->events = events;
  }

  delivery make(std::uint64_t begin, std::uint32_t count) {
    std::vector<std::byte> records;
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto record =
        make_record("m" + std::to_string(begin + i), 0, begin + i);
      records.insert(records.end(), record.begin(), record.end());
    }
    auto reply = envelope<schema::PullReply>::build([&](auto out) {
      out.setRecords(
        {reinterpret_cast<const capnp::byte*>(records.data()), records.size()});
    });
    const auto read = read_pull_reply(reply);
    return {lease, reply, read->records, {begin}, {begin + count}, count};
  }

  /// Waits until every delivery has reported its end.
  void wait_for_the_end() {
    std::unique_lock lock{mutex};
    while (lease->open_deliveries > 0) {
      const bool is_empty = events->await();
      if (is_empty)
        wake.wait(lock, [this] { return std::exchange(is_woken, false); });
      for (auto& event : events->take()) {
        for (auto i = event.begin; i < event.end; ++i.value)
          if (event.what == delivery_event::kind::finished)
            ++finished[i.value];
        if (event.what == delivery_event::kind::failed)
          failed.push_back(std::move(event.rest));
        if (event.is_last)
          --lease->open_deliveries;
      }
    }
  }

  push_consumer_settings settings;
  std::mutex mutex;
  std::condition_variable wake;
  bool is_woken = false;
  std::shared_ptr<delivery_events> events =
    std::make_shared<delivery_events>([this] {
      std::lock_guard guard{mutex};
      is_woken = true;
      wake.notify_all();
    });
  std::shared_ptr<queue_lease> lease = std::make_shared<queue_lease>();
  std::unique_ptr<listener_pool> pool;
  std::map<std::uint64_t, int> finished;
  std::vector<delivery> failed;
};

TEST_F(ListenerPool, HandlesEveryMessageOnceOnSeveralThreads) {
  settings.listener_threads = 4;
  std::mutex guard;
  std::map<std::uint64_t, int> handled;
  start([&](const received_message& message) {
    std::lock_guard lock{guard};
    ++handled[message.offset.value];
    return consume_result::success;
  });
  for (std::uint64_t i = 0; i < 10; ++i)
    pool->submit(make(i * 1000, 1000));
  wait_for_the_end();
  ASSERT_EQ(handled.size(), 10'000u);
  ASSERT_EQ(finished.size(), 10'000u);
  for (const auto& [offset, times] : handled)
    EXPECT_EQ(times, 1);
  for (const auto& [offset, times] : finished)
    EXPECT_EQ(times, 1);
}

TEST_F(ListenerPool, SharesALargeDeliveryWithIdleThreads) {
  settings.listener_threads = 2;
  std::mutex guard;
  std::condition_variable second;
  std::set<std::thread::id> threads;
  start([&](const received_message&) {
    // The first thread stays here until another one has come.
    std::unique_lock lock{guard};
    threads.insert(std::this_thread::get_id());
    second.notify_all();
    second.wait(lock, [&] { return threads.size() == 2; });
    return consume_result::success;
  });
  // Were a thread still on its way to its first wait, it would not count as
  // idle: the many deliveries give it its chance later.
  for (std::uint64_t i = 0; i < 3; ++i)
    pool->submit(make(i * 100, 100));
  wait_for_the_end();
  EXPECT_EQ(threads.size(), 2u);
  EXPECT_EQ(finished.size(), 300u);
}

TEST_F(ListenerPool, KeepsTheOrderOfAnOrderedQueue) {
  settings.ordered = true;
  settings.listener_threads = 4;
  std::vector<std::uint64_t> order; // one delivery: one thread
  start([&](const received_message& message) {
    order.push_back(message.offset.value);
    return message.offset.value == 700 ? consume_result::retry
                                       : consume_result::success;
  });
  pool->submit(make(0, 1000));
  wait_for_the_end();
  ASSERT_EQ(order.size(), 701u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].begin.value, 700u);
  EXPECT_EQ(failed[0].end.value, 1000u);
  EXPECT_EQ(failed[0].count, 300u);
  EXPECT_EQ(finished.size(), 700u);
}

TEST_F(ListenerPool, BeginsNothingOfAQueueThatWasTakenAway) {
  settings.listener_threads = 1;
  std::atomic<int> calls{0};
  start([&](const received_message&) {
    lease->is_revoked = true;
    ++calls;
    return consume_result::success;
  });
  pool->submit(make(0, 100));
  pool->submit(make(100, 100));
  wait_for_the_end();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(finished.size(), 1u);
}

TEST_F(ListenerPool, StopWaitsForRunningListeners) {
  std::promise<void> inside;
  std::promise<void> release;
  auto released = release.get_future().share();
  std::atomic<int> calls{0};
  std::atomic<bool> is_over{false};
  start([&](const received_message&) {
    if (++calls == 1)
      inside.set_value();
    released.wait();
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    is_over = true;
    return consume_result::success;
  });
  pool->submit(make(0, 10));
  inside.get_future().wait();
  std::thread releaser{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    release.set_value();
  }};
  pool->stop();
  EXPECT_TRUE(is_over);
  releaser.join();
  const int before = calls;
  EXPECT_LT(before, 10); // it is stopped, not drained
  pool->submit(make(10, 10));
  pool->stop();
  EXPECT_EQ(calls, before);
}

TEST_F(ListenerPool, ListenersMayStopItAtTheSameTime) {
  settings.listener_threads = 3;
  std::mutex guard;
  std::condition_variable all_there;
  int inside = 0;
  start([&](const received_message&) {
    {
      std::unique_lock lock{guard};
      ++inside;
      all_there.notify_all();
      all_there.wait(lock, [&] { return inside == 3; });
    }
    pool->stop();
    return consume_result::success;
  });
  for (std::uint64_t i = 0; i < 3; ++i)
    pool->submit(make(i * 10, 1));
  wait_for_the_end();
  pool->stop();
  EXPECT_EQ(inside, 3);
}

TEST_F(ListenerPool, MayBeDestroyedByItsListener) {
  settings.listener_threads = 1;
  start([&](const received_message&) {
    pool->stop();
    pool.reset();
    return consume_result::success;
  });
  pool->submit(make(0, 10));
  wait_for_the_end();
  EXPECT_EQ(finished.size(), 1u);
}

} // namespace

} // namespace apogee::client
