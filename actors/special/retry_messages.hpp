#pragma once

#include "actors/special/delay_messages.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// What is asked of a retry_service; never leaves the process.
namespace apogee::special {

/// A member of a group could not consume the message at a position.
struct send_back {
  std::string group;
  log_position position;
  int delay_level = 0; ///< below 0: to the dead letters; 0: the broker's choice
  std::optional<std::int32_t> retries_max; ///< none: the group's
  std::string message_id; ///< that the message gets as its origin
  ack_level ack = ack_level::memory;
};

/// A member of a group sends such a message to the retry topic itself;
/// `reconsume_times` counts the coming time.
struct retry_send {
  std::string group;
  int delay_level = 0;
  std::optional<std::int32_t> retries_max;
  own_message message;
  ack_level ack = ack_level::memory;
};

} // namespace apogee::special

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::special::send_back)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::special::retry_send)

namespace apogee::special {

/// Both are answered once the message is in the log.
using retry_service_actor =
  caf::typed_actor<caf::replies_to<send_back>::with<stored_message_place>,
                   caf::replies_to<retry_send>::with<stored_message_place>>;

} // namespace apogee::special
