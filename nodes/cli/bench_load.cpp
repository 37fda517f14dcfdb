#include "nodes/cli/bench_load.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <sys/prctl.h>
#include <thread>
#include <utility>
#include <vector>

namespace apogee::cli {

namespace {

/// Bounds how many messages of one producer are unanswered. Waits only when
/// the window is full, and then until half of it is free: waking a thread for
/// each answer would cost more than the answer.
class window {
public:
  explicit window(std::size_t messages_max)
    : max_(messages_max), low_(messages_max / 2) {}

  void enter() {
    if (used_.fetch_add(1) + 1 <= max_)
      return;
    std::unique_lock lock{mutex_};
    is_waiting_ = true;
    has_room_.wait(lock, [this] { return used_ - 1 <= low_; });
    is_waiting_ = false;
  }

  void leave() {
    if (used_.fetch_sub(1) - 2 <= low_ && is_waiting_) {
      std::lock_guard lock{mutex_};
      has_room_.notify_one();
    }
  }

private:
  const std::size_t max_;
  const std::size_t low_;
  std::atomic<std::size_t> used_ = 0;
  std::atomic<bool> is_waiting_ = false;
  std::mutex mutex_;
  std::condition_variable has_room_;
};

/// What all producers share.
struct load {
  const load_options& options;
  const interruption& user;
  bench_clock::time_point start;
  std::atomic<std::uint64_t> taken = 0;

  /// False when there is nothing more to send.
  bool take() {
    if (user.is_requested())
      return false;
    if (options.messages > 0)
      return taken.fetch_add(1, std::memory_order_relaxed) < options.messages;
    return bench_clock::now() < start + options.duration;
  }
};

/// One producer and what it measures.
class load_producer {
public:
  load_producer(caf::actor_system& system, load& shared, std::size_t number)
    : shared_(shared), number_(number),
      window_(std::max<std::size_t>(shared.options.in_flight_max, 1)),
      producer_(client::spawn_producer(system, shared.options.producer)) {
    msg_.topic = shared.options.topic;
    msg_.body.assign(shared.options.body_bytes, 'x');
  }

  void run() {
    const bool is_paced = shared_.options.rate > 0;
    // Linux lets sleepers sleep 50 us longer unless told otherwise.
    prctl(PR_SET_TIMERSLACK, 1);
    for (std::uint64_t sent = 0; shared_.take(); ++sent) {
      const auto intended = is_paced ? wait_for_turn(sent) : bench_clock::now();
      write_stamp(msg_.body, intended);
      if (!is_paced && shared_.options.in_flight_max == 1)
        answered(intended, producer_.send(msg_));
      else
        send_async(intended);
    }
    producer_.flush();
    producer_.stop();
  }

  void add_to(bench_result& total) const {
    total.messages += result_.messages;
    total.failures += result_.failures;
    total.retried += result_.retried;
    total.latency.merge(result_.latency);
    if (total.first_failure.code == errc::none)
      total.first_failure = result_.first_failure;
  }

private:
  /// The producers take turns, so that their sends are evenly spread.
  bench_clock::time_point wait_for_turn(std::uint64_t sent) {
    const auto turn =
      static_cast<double>(sent * shared_.options.producers + number_);
    const auto due =
      shared_.start
      + std::chrono::duration_cast<bench_clock::duration>(
        std::chrono::duration<double>{turn / shared_.options.rate});
    std::this_thread::sleep_until(due);
    return due;
  }

  void send_async(bench_clock::time_point intended) {
    window_.enter();
    producer_.send_async(
      msg_, [this, intended](const result<client::receipt>& outcome) {
        answered(intended, outcome);
        window_.leave();
      });
  }

  /// On the client's thread, or on this producer's when the message was refused
  /// before it was sent.
  void answered(bench_clock::time_point intended,
                const result<client::receipt>& outcome) {
    const std::lock_guard lock{mutex_};
    if (!outcome) {
      ++result_.failures;
      if (result_.first_failure.code == errc::none)
        result_.first_failure = outcome.error();
      return;
    }
    ++result_.messages;
    result_.retried += outcome->attempts > 1 ? 1 : 0;
    const auto latency = bench_clock::now() - intended;
    result_.latency.record(
      static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0)));
  }

  load& shared_;
  std::size_t number_;
  client::message msg_;
  std::mutex mutex_;
  bench_result result_;
  window window_;
  client::producer producer_;
};

} // namespace

void write_stamp(std::string& body, bench_clock::time_point time) {
  if (body.size() < stamp_bytes)
    return;
  const auto stamp = time.time_since_epoch().count();
  static_assert(sizeof(stamp) == stamp_bytes);
  std::memcpy(body.data(), &stamp, stamp_bytes);
}

bench_clock::time_point read_stamp(std::string_view body) {
  bench_clock::rep stamp = 0;
  if (body.size() >= stamp_bytes)
    std::memcpy(&stamp, body.data(), stamp_bytes);
  return bench_clock::time_point{bench_clock::duration{stamp}};
}

bench_result run_load(caf::actor_system& system, const load_options& options,
                      const interruption& user) {
  load shared{options, user, bench_clock::now()};
  std::vector<std::unique_ptr<load_producer>> producers;
  for (std::size_t i = 0; i < options.producers; ++i)
    producers.push_back(std::make_unique<load_producer>(system, shared, i));
  shared.start = bench_clock::now();
  {
    std::vector<std::jthread> threads;
    for (auto& producer : producers)
      threads.emplace_back([each = producer.get()] { each->run(); });
  }
  bench_result out;
  out.name = "send";
  out.seconds =
    std::chrono::duration<double>{bench_clock::now() - shared.start}.count();
  out.rate_wanted = options.rate;
  for (const auto& producer : producers)
    producer->add_to(out);
  out.bytes = out.messages * options.body_bytes;
  return out;
}

} // namespace apogee::cli
