#pragma once

#include "actors/client/message.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/interruption.hpp"
#include "nodes/cli/message_printer.hpp"
#include "nodes/cli/progress.hpp"
#include "nodes/cli/start_point.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unistd.h>

/// What reading with and without a group have in common.
namespace apogee::cli {

struct consume_options {
  target_options target;
  std::string topic;
  std::string group;
  std::optional<start_point> from;
  client::message_filter filter;
  bool is_following = false;
  /// 0: no limit.
  std::uint64_t count = 0;
  std::string format = "%b\\n";
  bool as_json = false;
  /// Longest time without a message; none: for ever.
  std::optional<std::chrono::seconds> silence_max;

  /// Messages on the terminal are progress enough.
  bool is_progress_wanted() const {
    return !is_following && isatty(STDOUT_FILENO) != 1;
  }

  bool is_filtered() const { return filter.expression != "*"; }

  /// Where to start unless told: everything that is there, or only what comes.
  start_point start() const {
    if (from)
      return *from;
    return {is_following ? schema::StartFrom::LATEST
                         : schema::StartFrom::EARLIEST,
            0};
  }
};

/// Decides when reading ends.
class reading_limit {
public:
  using clock = std::chrono::steady_clock;

  reading_limit(const consume_options& options, clock::time_point now)
    : options_(options), last_message_(now) {}

  void received(std::uint64_t messages, clock::time_point now) {
    messages_ += messages;
    if (messages > 0)
      last_message_ = now;
  }

  bool is_count_reached() const {
    return options_.count > 0 && messages_ >= options_.count;
  }

  clock::duration silence(clock::time_point now) const {
    return now - last_message_;
  }

  bool is_silent(clock::time_point now) const {
    return options_.silence_max && silence(now) >= *options_.silence_max;
  }

  /// Fails when --count was given and fewer messages came.
  result<void> outcome(bool is_interrupted) const;

private:
  const consume_options& options_;
  clock::time_point last_message_;
  std::uint64_t messages_ = 0;
};

/// Reads without a group: keeps no offsets.
result<void> consume_queues(const consume_options& options,
                            message_printer& printer, session& nodes,
                            const std::string& nameserver, interruption& user);

/// Reads as a member of a group, which keeps the offsets.
result<void> consume_group(const consume_options& options,
                           message_printer& printer, session& nodes,
                           const std::string& nameserver, interruption& user);

} // namespace apogee::cli
