#pragma once

#include "actors/core/delay_levels.hpp"
#include "messages/errors.hpp"
#include "messages/group_config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What RocketMQ's broker decides about a message that a group did not consume.
namespace apogee::core {

/// Where such a message goes.
struct retry_decision {
  bool is_dead_letter = false; ///< to the group's dead letters, at once
  int delay_level = 0;         ///< else to its retry topic; 0: at once
};

/// A member gives the message back. `delay_level`: below 0 to the dead letters,
/// 0 the broker's choice. `retries_max` is the member's limit, which goes
/// before the group's.
retry_decision decide_send_back(const group_config& group,
                                std::int32_t reconsume_times, int delay_level,
                                std::optional<std::int32_t> retries_max,
                                const delay_levels& levels);

/// A member sends the message to the retry topic itself. `reconsume_times`
/// counts the coming time; a group that `has_locks` reads in order, so that its
/// messages do not come again.
retry_decision decide_retry_send(const group_config& group,
                                 std::int32_t reconsume_times, int delay_level,
                                 std::optional<std::int32_t> retries_max,
                                 bool has_locks, const delay_levels& levels);

/// errc::invalid_argument when no delay could be made of it.
result<void> check_retry_policy(const group_retry_policy& policy);

/// What the message counts when it comes again.
std::int32_t next_reconsume_times(std::int32_t reconsume_times);

/// The properties of a message that is given back: where it was first, and as
/// which. `message_id` is its offset id.
std::string sent_back_properties(std::string_view properties,
                                 std::string_view topic,
                                 std::string_view message_id);

/// Those of such a message among the dead letters, for RocketMQ's tools.
std::string dead_letter_properties(std::string_view properties);

} // namespace apogee::core
