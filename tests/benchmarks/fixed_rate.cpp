#include "tests/benchmarks/fixed_rate.hpp"

#include "actors/client/push_consumer.hpp"

#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <thread>

namespace apogee::benchmarks {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr auto patience = std::chrono::seconds{60};

std::int64_t now_ns() {
  return std::chrono::duration_cast<nanoseconds>(
           clock::now().time_since_epoch())
    .count();
}

/// Counts what arrives, on any thread. A body begins with the time it was meant
/// to be sent.
class arrivals {
public:
  void take(std::string_view body) {
    std::int64_t intended = 0;
    std::memcpy(&intended, body.data(), sizeof(intended));
    const auto time = static_cast<std::uint64_t>(now_ns() - intended);
    const std::lock_guard lock{mutex_};
    times_.record(time);
  }

  std::uint64_t count() const {
    const std::lock_guard lock{mutex_};
    return times_.count();
  }

  cli::histogram times() const {
    const std::lock_guard lock{mutex_};
    return times_;
  }

private:
  mutable std::mutex mutex_;
  cli::histogram times_;
};

/// A group of one member that has got all queues.
client::push_consumer listen(cluster& where, unsigned listener_threads,
                             const std::shared_ptr<arrivals>& to) {
  static int groups = 0;
  client::push_consumer_settings settings;
  settings.nameservers = {where.native_address()};
  settings.group = "group-" + std::to_string(++groups);
  settings.topics = {load_topic};
  settings.listener_threads = listener_threads;
  auto out = client::spawn_push_consumer(
    where.system(), settings,
    client::message_listener{[to](const client::received_message& message) {
      to->take(message.body);
      return client::consume_result::success;
    }});
  const auto until = clock::now() + patience;
  while (out.queues().size() < load_queues) {
    if (clock::now() > until)
      throw std::runtime_error{"the listener gets no queues"};
    std::this_thread::sleep_for(milliseconds{10});
  }
  return out;
}

void send_all(client::producer& producer, std::uint64_t count,
              double per_second) {
  prctl(PR_SET_TIMERSLACK, 1);
  auto message = make_load_message();
  const auto start = now_ns();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto intended =
      start
      + static_cast<std::int64_t>(static_cast<double>(i) * 1e9 / per_second);
    if (now_ns() < intended)
      std::this_thread::sleep_until(clock::time_point{nanoseconds{intended}});
    std::memcpy(message.body.data(), &intended, sizeof(intended));
    producer.send_async(message, {});
  }
}

} // namespace

load_result send_at_rate(cluster& where, double per_second, double seconds,
                         unsigned listener_threads) {
  const auto arrived = std::make_shared<arrivals>();
  auto listener = listen(where, listener_threads, arrived);
  load_result out;
  out.messages = static_cast<std::uint64_t>(per_second * seconds);
  auto producer = where.make_producer(ack_level::memory);
  const stopwatch watch{where};
  send_all(producer, out.messages, per_second);
  const auto until = clock::now() + patience;
  while (arrived->count() < out.messages && clock::now() < until)
    std::this_thread::sleep_for(milliseconds{1});
  watch.end(out);
  producer.stop();
  listener.stop();
  if (arrived->count() != out.messages)
    throw std::runtime_error{std::to_string(arrived->count()) + " of "
                             + std::to_string(out.messages) + " arrived"};
  out.latency_ns = arrived->times();
  return out;
}

} // namespace apogee::benchmarks
