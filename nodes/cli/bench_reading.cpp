#include "nodes/cli/bench_reading.hpp"

#include "nodes/cli/queue_reader.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

namespace apogee::cli {

namespace {

using namespace std::chrono_literals;

/// When all are sent, a message that does not come for so long does not come
/// any more.
constexpr auto silence_max = 5'000ms;
constexpr auto look_interval = 200ms;

client::pull_consumer
start_consumer(caf::actor_system& system,
               const std::vector<std::string>& nameservers) {
  client::pull_consumer_settings settings;
  settings.nameservers = nameservers;
  return client::spawn_pull_consumer(system, settings);
}

/// Reads until the messages that it is told to expect have come, or nothing
/// comes any more.
class arrivals {
public:
  explicit arrivals(queue_reader& reader) : reader_(reader) {}

  void run() {
    auto last = bench_clock::now();
    while (messages_ < expected_ && bench_clock::now() - last < silence_max) {
      // A slow sender is no silence.
      if (expected_ == not_told)
        last = bench_clock::now();
      const auto batch = reader_.next(look_interval);
      if (!batch) {
        why_ = batch.error();
        return;
      }
      const auto now = bench_clock::now();
      for (const auto& msg : batch->messages) {
        const auto latency = now - read_stamp(msg.body);
        latency_.record(static_cast<std::uint64_t>(
          std::max<std::int64_t>(latency.count(), 0)));
        bytes_ += msg.body.size();
      }
      messages_ += batch->messages.size();
      if (!batch->messages.empty())
        last = now;
    }
  }

  void expect(std::uint64_t messages) { expected_ = messages; }

  const failure& why() const { return why_; }

  void add_to(bench_result& out) const {
    out.messages = messages_;
    out.bytes = bytes_;
    out.latency = latency_;
  }

private:
  static constexpr std::uint64_t not_told = UINT64_MAX;

  queue_reader& reader_;
  std::atomic<std::uint64_t> expected_ = not_told;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  histogram latency_;
  failure why_;
};

} // namespace

result<bench_result> run_drain(caf::actor_system& system,
                               const std::vector<std::string>& nameservers,
                               const std::string& topic,
                               const interruption& user) {
  auto consumer = start_consumer(system, nameservers);
  bench_result out;
  out.name = "consume";
  const auto start = bench_clock::now();
  queue_reader reader{consumer, {{schema::StartFrom::EARLIEST, 0}, false}};
  if (auto started = reader.start(topic); !started)
    return started.error();
  while (!reader.is_finished() && !user.is_requested()) {
    const auto batch = reader.next(look_interval);
    if (!batch)
      return batch.error();
    out.messages += batch->messages.size();
    for (const auto& msg : batch->messages)
      out.bytes += msg.body.size();
  }
  out.seconds =
    std::chrono::duration<double>{bench_clock::now() - start}.count();
  consumer.stop();
  return out;
}

result<bench_result> run_end_to_end(caf::actor_system& system,
                                    const load_options& options,
                                    const interruption& user) {
  auto consumer = start_consumer(system, options.producer.nameservers);
  queue_reader reader{consumer, {{schema::StartFrom::LATEST, 0}, true}};
  if (auto started = reader.start(options.topic); !started)
    return started.error();
  arrivals received{reader};
  bench_result sent;
  {
    std::jthread reading{[&] { received.run(); }};
    sent = run_load(system, options, user);
    received.expect(sent.messages);
  }
  consumer.stop();
  if (received.why().code != errc::none)
    return received.why();
  auto out = sent;
  out.name = "end to end";
  received.add_to(out);
  if (out.messages < sent.messages)
    return {errc::timeout, "only " + std::to_string(out.messages) + " of "
                             + std::to_string(sent.messages)
                             + " messages came back"};
  return out;
}

} // namespace apogee::cli
