#include "actors/client/pull_consumer.hpp"
#include "actors/client/push_consumer.hpp"
#include "messages/names.hpp"
#include "nodes/cli/consume_options.hpp"
#include "nodes/cli/group_view.hpp"
#include "nodes/cli/queue_ends.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <span>
#include <utility>

namespace apogee::cli {

namespace {

using namespace std::chrono_literals;
using clock = reading_limit::clock;

constexpr auto look_interval = 100ms;

/// Without a message for so long, the brokers are asked how far the group is:
/// what is left may have been read before, or by other members.
constexpr auto ask_after = 200ms;

constexpr std::size_t batch_messages_max = 1024;

client::start_from start_of(const start_point& from) {
  switch (from.from) {
  case schema::StartFrom::EARLIEST:
    return client::start_from::earliest;
  case schema::StartFrom::TIME:
    return client::start_from::time;
  case schema::StartFrom::LATEST:
    break;
  }
  return client::start_from::latest;
}

/// What the listener, on its thread, and the command share.
class group_reading {
public:
  group_reading(const consume_options& options, message_printer& printer)
    : options_(options), printer_(printer), limit_(options, clock::now()) {}

  /// End when these queues are read; otherwise never.
  void end_at(queue_ends ends) { ends_ = std::move(ends); }

  /// Takes messages only when all of them may still be printed: what is refused
  /// is not committed and comes again for the group.
  client::consume_result take(std::span<const client::received_message> batch) {
    std::lock_guard lock{mutex_};
    if (is_stopping_ || limit_.is_count_reached())
      return client::consume_result::later;
    result<void> printed;
    for (const auto& msg : batch) {
      printed = printer_.add(msg);
      if (!printed)
        break;
      if (ends_)
        ends_->received(
          {std::string{msg.broker}, std::string{msg.stored_topic}, msg.queue},
          msg.offset);
    }
    // The group's offset must not run ahead of what the user has got.
    if (printed)
      printed = printer_.flush();
    if (!printed) {
      is_stopping_ = true;
      failure_ = printed.error();
    }
    limit_.received(batch.size(), clock::now());
    if (!printed || is_over())
      changed_.notify_one();
    return printed ? client::consume_result::success
                   : client::consume_result::later;
  }

  /// Waits a little; true when there is nothing more to do.
  bool wait() {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, look_interval,
                      [this] { return is_stopping_ || is_over(); });
    return is_stopping_ || is_over() || limit_.is_silent(clock::now());
  }

  /// Takes no lock: while messages are printed, take() holds it, and an output
  /// that nobody reads holds up take(). wait() looks again soon enough.
  void stop() {
    is_stopping_ = true;
    changed_.notify_one();
  }

  void fail(failure why) {
    std::lock_guard lock{mutex_};
    if (failure_.code == errc::none)
      failure_ = std::move(why);
  }

  /// True when there is an end that has not been reached, and nothing comes.
  bool is_doubtful() const {
    std::lock_guard lock{mutex_};
    return ends_ && !ends_->are_reached()
           && limit_.silence(clock::now()) >= ask_after;
  }

  void group_has_read(const client::topic_queue& queue, queue_offset next) {
    std::lock_guard lock{mutex_};
    if (ends_)
      ends_->group_is_at(queue, next);
  }

  progress_state progress() const {
    std::lock_guard lock{mutex_};
    progress_state out;
    out.messages = printer_.messages();
    out.bytes = printer_.bytes();
    return out;
  }

  result<void> outcome(bool is_interrupted) const {
    std::lock_guard lock{mutex_};
    if (failure_.code != errc::none)
      return failure_;
    return limit_.outcome(is_interrupted);
  }

private:
  bool is_over() const {
    return limit_.is_count_reached() || (ends_ && ends_->are_reached());
  }

  const consume_options& options_;
  message_printer& printer_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  reading_limit limit_;
  std::optional<queue_ends> ends_;
  std::atomic<bool> is_stopping_ = false;
  failure failure_;
};

result<queue_ends> find_ends(session& nodes, const std::string& nameserver,
                             const std::string& topic) {
  client::pull_consumer_settings settings;
  settings.nameservers = {nameserver};
  auto consumer = client::spawn_pull_consumer(nodes.system(), settings);
  const auto queues = consumer.queues(topic);
  if (!queues)
    return queues.error();
  queue_ends out;
  for (const auto& queue : *queues) {
    const auto ends = consumer.offsets(queue);
    if (!ends)
      return ends.error();
    out.add(queue, ends->min_offset, ends->max_offset);
  }
  consumer.stop();
  return out;
}

/// Tells `reading` how far the group is. What cannot be asked now is asked
/// again at the next look.
void ask_group(session& nodes, const consume_options& options,
               group_reading& reading) {
  group_map groups;
  static_cast<void>(query_groups(nodes, options.group, groups));
  for (const auto& [name, row] : groups)
    for (const auto& queue : row.queues)
      reading.group_has_read({queue.broker, queue.topic, queue.queue},
                             {queue.offset});
}

client::push_consumer start_consumer(session& nodes,
                                     const consume_options& options,
                                     const std::string& nameserver,
                                     group_reading& reading) {
  client::push_consumer_settings settings;
  settings.nameservers = {nameserver};
  settings.group = options.group;
  settings.topics = {{options.topic, options.filter}};
  settings.from = start_of(options.start());
  settings.start_time_ms = options.start().time_ms;
  // One thread takes the messages of a queue in order.
  settings.listener_threads = 1;
  settings.listener_batch_max = options.count > 0 ? 1 : batch_messages_max;
  return client::spawn_push_consumer(
    nodes.system(), settings,
    client::batch_listener{
      [&reading](std::span<const client::received_message> batch) {
        return reading.take(batch);
      }});
}

/// A failure that does not pass, or that has lasted too long, ends the command.
class trouble {
public:
  /// True when it is hopeless.
  bool look(const std::optional<failure>& problem,
            const consume_options& options) {
    if (!problem) {
      since_.reset();
      return false;
    }
    const auto now = clock::now();
    if (!since_) {
      since_ = now;
      return false;
    }
    if (!options.is_following && now - *since_ > options.target.timeout)
      return true;
    if (!is_told_ && now - *since_ > 1s) {
      print_note("waiting: " + problem->text);
      is_told_ = true;
    }
    return false;
  }

private:
  std::optional<clock::time_point> since_;
  bool is_told_ = false;
};

} // namespace

result<void> consume_group(const consume_options& options,
                           message_printer& printer, session& nodes,
                           const std::string& nameserver, interruption& user) {
  if (auto checked = check_group_name(options.group); !checked)
    return checked;
  group_reading reading{options, printer};
  if (!options.is_following) {
    auto ends = find_ends(nodes, nameserver, options.topic);
    if (!ends)
      return ends.error();
    reading.end_at(*std::move(ends));
  }
  user.on_request([&reading] { reading.stop(); });
  auto consumer = start_consumer(nodes, options, nameserver, reading);
  progress_display display{options.is_progress_wanted()};
  trouble problems;
  while (!reading.wait()) {
    display.update(reading.progress());
    const auto problem = consumer.problem();
    if (problems.look(problem, options)) {
      reading.fail(*problem);
      break;
    }
    if (reading.is_doubtful())
      ask_group(nodes, options, reading);
  }
  consumer.stop();
  display.clear();
  user.on_request({});
  if (consumer.skipped_messages() > 0)
    print_note(std::to_string(consumer.skipped_messages())
               + " damaged messages were skipped");
  return reading.outcome(user.is_requested());
}

} // namespace apogee::cli
