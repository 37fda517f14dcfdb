#pragma once

#include "actors/core/day_marks.hpp"
#include "actors/core/flow.hpp"
#include "actors/core/rate_meter.hpp"
#include "config/settings.hpp"
#include "messages/errors.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// A broker's settings and state under the names that RocketMQ's tools know;
/// pure.
namespace apogee::remoting {

/// What clients send and pull, now and of late.
struct traffic {
  core::flow::totals put; ///< since the start
  core::flow::totals got;
  core::rate_meter put_rate; ///< messages
  core::rate_meter get_rate;
  core::rate_meter found_rate;  ///< pulls that brought messages
  core::rate_meter missed_rate; ///< and those that did not
  core::rate_meter pull_rate;   ///< all of them
  core::day_marks puts_by_day;  ///< messages
  core::day_marks gets_by_day;

  /// `empty_pulls`: since the start. Days are those of the clock on the wall.
  void sample(core::rate_meter::instant now, std::int64_t day,
              std::uint64_t empty_pulls);
};

/// What a broker does at the moment.
struct runtime_figures {
  std::string program_version;
  std::int64_t started_ms = 0; ///< since 1970
  std::int64_t now_ms = 0;
  std::int64_t oldest_ms = -1; ///< store time; -1: there is no message
  const traffic* clients = nullptr;
  std::uint64_t log_start = 0; ///< positions
  std::uint64_t log_end = 0;
  std::uint64_t flushed = 0;
  std::uint64_t applied = 0;
  std::uint64_t disk_total_bytes = 0;
  std::uint64_t disk_free_bytes = 0;
};

/// Names and values of code 28's answer. What the original has a thread pool
/// for, and this broker an actor, has no queue to be shown: 0.
std::map<std::string, std::string> runtime_table(const runtime_figures& now);

/// One setting that both brokers have.
struct broker_setting {
  std::string name;  ///< RocketMQ's: "maxMessageSize"
  std::string value; ///< in RocketMQ's unit
  std::string ours;  ///< "broker.message-size-max"
};

/// `port` is the one that was taken.
std::vector<broker_setting>
broker_setting_table(const config::broker_config& settings, std::uint16_t port);

/// Whether settings may become what a tool wants while the broker runs: only
/// what is so already. Fails with errc::permission_denied, naming the setting
/// and what to do.
result<void>
check_setting_change(const std::vector<broker_setting>& present,
                     const std::map<std::string, std::string>& wanted);

} // namespace apogee::remoting
