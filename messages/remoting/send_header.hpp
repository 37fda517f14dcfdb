#pragma once

#include "messages/errors.hpp"
#include "messages/remoting/command.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace apogee::remoting {

/// What a request to send says of its message. The numbers are as they came.
struct send_header {
  std::string_view producer_group;
  std::string_view topic;
  std::string_view default_topic; ///< template of a topic that is unknown
  std::int32_t default_topic_queues = 0;
  std::int32_t queue_number = 0; ///< negative: the broker chooses
  std::int32_t sys_flag = 0;
  std::int64_t born_timestamp_ms = 0;
  std::int32_t flag = 0;       ///< the application's, stored unchanged
  std::string_view properties; ///< see properties.hpp
  std::int32_t reconsume_times = 0;
  bool is_unit_mode = false;
  std::optional<std::int32_t> max_reconsume_times;
  bool is_batch = false; ///< the body is a batch body
  std::string_view broker_name;
};

/// Of send_message, send_message_v2, send_batch_message and both kinds of
/// replies, whose fields have long or short names. The views are the command's.
/// Fails with errc::invalid_argument, as a field_reader does.
result<send_header> decode_send_header(const command& from);

} // namespace apogee::remoting
