#pragma once

#include "actors/protocol.hpp"
#include "messages/message_body.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstdint>
#include <string>

/// What is asked of a delay_service; never leaves the process.
namespace apogee::special {

/// A message that its holder made or changed; owns its parts.
struct own_message {
  std::int64_t born_time_ms = 0;
  std::int32_t flag = 0;
  std::int32_t sys_flag = 0;
  std::int32_t reconsume_times = 0;
  std::string properties;
  std::string body;
  std::string born_host;

  message_view view() const {
    return {born_time_ms, flag, sys_flag, reconsume_times,
            properties,   body, born_host};
  }
};

/// Keep a message until it is due; then it goes to a queue of a topic. Answered
/// with a stored_message_place once it is in the log.
struct delayed_append {
  int level = 1;
  std::string topic;
  std::uint32_t queue = 0;
  ack_level ack = ack_level::memory;
  own_message message;
};

/// Where a message was put.
struct stored_message_place {
  std::uint32_t queue = 0;
  queue_offset offset;
  log_position position;
};

} // namespace apogee::special

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::special::delayed_append)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::special::stored_message_place)

namespace apogee::special {

using delay_service_actor =
  caf::typed_actor<caf::replies_to<delayed_append>::with<stored_message_place>>;

} // namespace apogee::special
