#include "tests/benchmarks/load.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

namespace apogee::benchmarks {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::uint64_t nanoseconds_since(clock::time_point start) {
  return static_cast<std::uint64_t>(
    std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now() - start)
      .count());
}

template <class T>
void expect(const result<T>& outcome) {
  if (!outcome)
    throw std::runtime_error{to_string(outcome.error())};
}

/// Waits until others say that they are done, or that one of them failed.
class finish_line {
public:
  explicit finish_line(std::uint64_t expected) : left_(expected) {}

  void arrive() {
    const std::lock_guard lock{mutex_};
    if (--left_ == 0)
      changed_.notify_all();
  }

  void fail(const failure& why) {
    const std::lock_guard lock{mutex_};
    failed_ = to_string(why);
    changed_.notify_all();
  }

  void wait() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return left_ == 0 || !failed_.empty(); });
    if (!failed_.empty())
      throw std::runtime_error{failed_};
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t left_;
  std::string failed_;
};

/// One message in flight: each answer sends the next.
class relay {
public:
  relay(client::producer producer, std::uint64_t count, finish_line& done)
    : message_(make_load_message()), left_(count), done_(done),
      producer_(std::move(producer)) {}

  void next() {
    start_ = clock::now();
    producer_.send_async(message_, [this](const auto& outcome) {
      if (!outcome)
        return done_.fail(outcome.error());
      times_.record(nanoseconds_since(start_));
      if (--left_ == 0)
        done_.arrive();
      else
        next();
    });
  }

  client::producer& producer() { return producer_; }

  const cli::histogram& times() const { return times_; }

private:
  client::message message_;
  std::uint64_t left_;
  finish_line& done_;
  clock::time_point start_;
  cli::histogram times_;
  client::producer producer_; // goes first: its callbacks use the others
};

/// Reads one queue from its beginning to the end it had at the start.
class queue_drain {
public:
  queue_drain(client::pull_consumer consumer, client::topic_queue queue,
              client::queue_ends ends, finish_line& done)
    : consumer_(std::move(consumer)), queue_(std::move(queue)),
      next_(ends.min_offset), end_(ends.max_offset), done_(done) {}

  void next() {
    if (next_ >= end_)
      return done_.arrive();
    consumer_.pull_async(queue_, next_, milliseconds{0}, {2048, 2u << 20},
                         [this](const auto& pulled) { take(pulled); });
  }

private:
  void take(const result<client::pulled_batch>& pulled) {
    if (!pulled)
      return done_.fail(pulled.error());
    for (const auto& message : pulled->messages)
      if (message.offset != std::exchange(next_, {message.offset.value + 1}))
        return done_.fail({errc::corrupt, "an offset is missing"});
    next();
  }

  client::pull_consumer consumer_;
  client::topic_queue queue_;
  queue_offset next_;
  queue_offset end_;
  finish_line& done_;
};

} // namespace

client::message make_load_message() {
  client::message out;
  out.topic = load_topic;
  out.body.resize(body_bytes);
  for (std::size_t i = 0; i < out.body.size(); ++i)
    out.body[i] = static_cast<char>(i * 131 % 251);
  return out;
}

void load_result::describe(figure& out) const {
  const auto millions = static_cast<double>(messages) / 1e6;
  out.details["node CPU s per 1 M"] = node_cpu_seconds / millions;
  out.details["client CPU s per 1 M"] = client_cpu_seconds / millions;
  out.details["messages/s"] = per_second();
  if (latency_ns.count() == 0)
    return;
  for (const auto& [name, percent] :
       {std::pair{"p50 us", 50.0}, {"p99 us", 99.0}, {"p99.9 us", 99.9}})
    out.details[name] =
      static_cast<double>(latency_ns.percentile(percent)) / 1e3;
  out.details["max us"] = static_cast<double>(latency_ns.max()) / 1e3;
}

void add_rounds(figure& out, const std::vector<load_result>& rounds,
                const std::function<double(const load_result&)>& value) {
  for (const auto& one : rounds)
    out.rounds.push_back(value(one));
  for (const auto& one : rounds)
    if (value(one) == out.measured())
      one.describe(out);
}

stopwatch::stopwatch(cluster& where)
  : where_(where), start_(clock::now()),
    node_cpu_(where.node().usage().cpu_seconds),
    client_cpu_(own_cpu_seconds()) {}

void stopwatch::end(load_result& into) const {
  into.seconds = static_cast<double>(nanoseconds_since(start_)) / 1e9;
  into.node_cpu_seconds = where_.node().usage().cpu_seconds - node_cpu_;
  into.client_cpu_seconds = own_cpu_seconds() - client_cpu_;
}

load_result send_one_by_one(cluster& where, ack_level ack,
                            std::uint64_t count) {
  auto producer = where.make_producer(ack);
  const auto message = make_load_message();
  for (std::uint64_t i = 0; i < count / 10 + 1; ++i) // warms up
    expect(producer.send(message));
  load_result out;
  out.messages = count;
  const stopwatch watch{where};
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto start = clock::now();
    expect(producer.send(message));
    out.latency_ns.record(nanoseconds_since(start));
  }
  watch.end(out);
  producer.stop();
  return out;
}

load_result send_from_callbacks(cluster& where, ack_level ack,
                                std::uint64_t count) {
  return send_side_by_side(where, ack, 1, count);
}

load_result send_side_by_side(cluster& where, ack_level ack, int producers,
                              std::uint64_t count_each) {
  finish_line done{static_cast<std::uint64_t>(producers)};
  std::vector<std::unique_ptr<relay>> relays;
  for (int i = 0; i < producers; ++i) {
    relays.push_back(
      std::make_unique<relay>(where.make_producer(ack), count_each, done));
    expect(relays.back()->producer().send(make_load_message()));
  }
  load_result out;
  out.messages = static_cast<std::uint64_t>(producers) * count_each;
  const stopwatch watch{where};
  for (auto& one : relays)
    one->next();
  done.wait();
  watch.end(out);
  for (auto& one : relays) {
    one->producer().stop();
    out.latency_ns.merge(one->times());
  }
  return out;
}

load_result send_pipelined(cluster& where, ack_level ack, std::uint64_t count) {
  auto producer = where.make_producer(ack);
  const auto message = make_load_message();
  expect(producer.send(message));
  std::atomic<std::uint64_t> acknowledged{0};
  load_result out;
  out.messages = count;
  const stopwatch watch{where};
  for (std::uint64_t i = 0; i < count; ++i)
    producer.send_async(
      message, [&](const auto& outcome) { acknowledged += outcome ? 1 : 0; });
  producer.flush();
  watch.end(out);
  producer.stop();
  if (acknowledged != count)
    throw std::runtime_error{std::to_string(count - acknowledged) + " of "
                             + std::to_string(count)
                             + " sends were not acknowledged"};
  return out;
}

load_result drain(cluster& where) {
  auto consumer = where.make_pull_consumer();
  const auto queues = consumer.queues(load_topic);
  expect(queues);
  std::vector<client::queue_ends> ends;
  load_result out;
  for (const auto& queue : *queues) {
    const auto found = consumer.offsets(queue);
    expect(found);
    ends.push_back(*found);
    out.messages += found->max_offset.value - found->min_offset.value;
  }
  finish_line done{queues->size()};
  std::vector<std::unique_ptr<queue_drain>> drains;
  for (std::size_t i = 0; i < queues->size(); ++i)
    drains.push_back(
      std::make_unique<queue_drain>(consumer, (*queues)[i], ends[i], done));
  const stopwatch watch{where};
  for (auto& one : drains)
    one->next();
  done.wait();
  watch.end(out);
  consumer.stop();
  return out;
}

} // namespace apogee::benchmarks
