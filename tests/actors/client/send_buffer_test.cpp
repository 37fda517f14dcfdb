#include "actors/client/send_buffer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace apogee::client {

namespace {

/// A buffer whose actor is a thread of the test.
class SendBuffer : public testing::Test {
protected:
  SendBuffer() {
    buffer.set_wake([this] { ++wakes; });
  }

  static message make(std::size_t size) {
    message out;
    out.topic = "topic";
    out.body.assign(size, 'x');
    return out;
  }

  result<void> put(std::size_t size) {
    return buffer.put(make(size), {}, send_buffer::when_full::refuse);
  }

  send_buffer buffer{{64 << 10, 16 << 10, 8 << 10, std::chrono::seconds{10}},
                     [] { return std::chrono::steady_clock::now(); }};
  std::atomic<int> wakes{0};
};

TEST_F(SendBuffer, WakesItsActorForTheFirstMessageAndForAFullRequest) {
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(put(100));
  EXPECT_EQ(wakes, 1);
  ASSERT_TRUE(put(4 << 10));
  ASSERT_TRUE(put(4 << 10));
  EXPECT_EQ(wakes, 2);
  (void)buffer.take();
  ASSERT_TRUE(put(100));
  EXPECT_EQ(wakes, 3);
}

TEST_F(SendBuffer, CutsBatchesAtTheirLimitAndByTopic) {
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(put(5 << 10));
  auto other = make(10);
  other.topic = "other";
  ASSERT_TRUE(buffer.put(other, {}, send_buffer::when_full::refuse));
  const auto batches = buffer.take();
  ASSERT_EQ(batches.size(), 3u);
  EXPECT_EQ(batches[0]->messages.size(), 3u);
  EXPECT_EQ(batches[1]->messages.size(), 2u);
  EXPECT_EQ(buffer.topic_name(batches[2]->topic), "other");
}

TEST_F(SendBuffer, LetsALargeMessagePassWhenNothingIsUnderWay) {
  send_buffer small{{100, 100, 8 << 10, std::chrono::seconds{1}},
                    [] { return steady_time{}; }};
  small.set_wake([] {});
  EXPECT_TRUE(small.put(make(1000), {}, send_buffer::when_full::refuse));
  const auto second = small.put(make(1000), {}, send_buffer::when_full::refuse);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::busy);
}

TEST_F(SendBuffer, KeepsEveryMessageOfManyThreads) {
  constexpr int threads_count = 4, each = 5'000;
  std::atomic<bool> is_done{false};
  std::size_t taken = 0;
  const auto take = [&] {
    for (auto& batch : buffer.take()) {
      std::size_t bytes = 0;
      for (const auto& message : batch->messages)
        bytes += send_buffer::charge(message.words);
      taken += batch->messages.size();
      buffer.release(bytes, batch->messages.size());
      buffer.recycle(std::move(batch));
    }
  };
  std::thread actor{[&] {
    while (!is_done)
      take();
    take();
  }};
  std::vector<std::thread> senders;
  for (int i = 0; i < threads_count; ++i)
    senders.emplace_back([&] {
      for (int n = 0; n < each; ++n)
        EXPECT_TRUE(buffer.put(make(500), {}, send_buffer::when_full::wait));
    });
  for (auto& sender : senders)
    sender.join();
  buffer.wait_until_answered();
  is_done = true;
  actor.join();
  EXPECT_EQ(taken, std::size_t{threads_count * each});
}

TEST_F(SendBuffer, CountsWaitingForRoomAsPartOfTheTimeOut) {
  constexpr std::chrono::seconds timeout{60};
  send_buffer small{{100, 100, 8 << 10, timeout},
                    [] { return std::chrono::steady_clock::now(); }};
  small.set_wake([] {});
  ASSERT_TRUE(small.put(make(1000), {}, send_buffer::when_full::wait));
  const auto first = small.take();
  steady_time released;
  std::thread actor{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    released = std::chrono::steady_clock::now();
    small.release(send_buffer::charge(first[0]->messages[0].words), 1);
  }};
  ASSERT_TRUE(small.put(make(10), {}, send_buffer::when_full::wait));
  actor.join();
  const auto second = small.take();
  EXPECT_LT(second[0]->messages[0].deadline, released + timeout);
}

TEST_F(SendBuffer, WakesThoseWhoWaitForRoomWhenItIsClosed) {
  send_buffer small{{1, 100, 8 << 10, std::chrono::seconds{60}},
                    [] { return steady_time{}; }};
  small.set_wake([] {});
  ASSERT_TRUE(small.put(make(10), {}, send_buffer::when_full::wait));
  std::thread closer{[&] { small.close(); }};
  const auto sent = small.put(make(10), {}, send_buffer::when_full::wait);
  closer.join();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, errc::closed);
}

} // namespace

} // namespace apogee::client
