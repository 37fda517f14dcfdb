#pragma once

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

/// What a broker does at the moment.
struct runtime_figures {
  std::string program_version;
  std::int64_t started_ms = 0; ///< since 1970
  std::int64_t now_ms = 0;
  const core::rate_meter* put_rate = nullptr; ///< messages
  const core::rate_meter* get_rate = nullptr;
  std::uint64_t messages_put = 0; ///< since the start
  std::uint64_t messages_got = 0;
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
