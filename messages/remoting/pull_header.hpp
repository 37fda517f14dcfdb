#pragma once

#include "messages/errors.hpp"
#include "messages/remoting/command.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace apogee::remoting {

/// What a request to pull says. The numbers are as they came.
struct pull_header {
  std::string_view consumer_group;
  std::string_view topic;
  std::int32_t queue_number = 0;
  std::int64_t queue_offset = 0; ///< the next one wanted
  std::int32_t messages_max = 0; ///< 0 from Go's poll consumer: give it one
  std::int32_t sys_flag = 0;
  std::int64_t commit_offset = 0;
  std::int64_t suspend_timeout_ms = 0;
  std::string_view subscription;
  std::int64_t subscription_version = 0;
  std::string_view expression_type; ///< empty: TAG
  std::optional<std::int32_t> bytes_max;

  /// commit_offset is to be stored.
  bool commits_offset() const { return (sys_flag & 1) != 0; }

  /// It may wait for suspend_timeout_ms when there is nothing new.
  bool may_suspend() const { return (sys_flag & 2) != 0; }

  /// The subscription of this request counts, not the heartbeat's.
  bool has_subscription() const { return (sys_flag & 4) != 0; }

  bool has_class_filter() const { return (sys_flag & 8) != 0; }

  bool is_lite_pull() const { return (sys_flag & 16) != 0; }
};

/// Of pull_message and lite_pull_message. The views are the command's. Fails
/// with errc::invalid_argument, as a field_reader does.
result<pull_header> decode_pull_header(const command& from);

} // namespace apogee::remoting
