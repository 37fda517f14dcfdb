#include "actors/client/pull_consumer.hpp"
#include "nodes/cli/consume_options.hpp"
#include "nodes/cli/queue_reader.hpp"

namespace apogee::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 200ms;

/// Prints as much of the batch as the count still allows.
result<std::uint64_t> print_batch(const client::pulled_batch& batch,
                                  const consume_options& options,
                                  message_printer& printer) {
  std::uint64_t printed = 0;
  for (const auto& msg : batch.messages) {
    if (options.count > 0 && printer.messages() == options.count)
      break;
    if (auto added = printer.add(msg); !added)
      return added.error();
    ++printed;
  }
  return printed;
}

} // namespace

result<void> consume_queues(const consume_options& options,
                            message_printer& printer, session& nodes,
                            const std::string& nameserver, interruption& user) {
  client::pull_consumer_settings settings;
  settings.nameservers = {nameserver};
  auto consumer = client::spawn_pull_consumer(nodes.system(), settings);
  queue_reader reader{consumer,
                      {options.start(), options.is_following, options.filter}};
  user.on_request([&reader] { reader.stop(); });
  auto done = reader.start(options.topic);
  reading_limit limit{options, reading_limit::clock::now()};
  progress_display display{options.is_progress_wanted()};
  progress_state progress;
  if (!options.is_following && !options.is_filtered())
    progress.messages_total = reader.messages_total();
  while (done && !reader.is_finished() && !limit.is_count_reached()
         && !user.is_requested()) {
    const auto batch = reader.next(look_interval);
    if (!batch) {
      done = batch.error();
      break;
    }
    const auto printed = print_batch(*batch, options, printer);
    if (!printed) {
      done = printed.error();
      break;
    }
    const auto now = reading_limit::clock::now();
    limit.received(*printed, now);
    if (options.is_following)
      done = printer.flush();
    if (limit.is_silent(now))
      break;
    progress.messages = printer.messages();
    progress.bytes = printer.bytes();
    display.update(progress);
  }
  display.clear();
  user.on_request({});
  consumer.stop();
  if (auto flushed = printer.flush(); done && !flushed)
    done = flushed;
  return done ? limit.outcome(user.is_requested()) : done;
}

} // namespace apogee::cli
