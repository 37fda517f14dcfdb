#pragma once

#include "messages/errors.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// RocketMQ's rules for names, which every entrance of the broker applies.
///
/// Legal characters are letters, digits and % - _ |. Lengths are bytes.
namespace apogee {

inline constexpr std::size_t topic_name_bytes_max = 127;
inline constexpr std::size_t group_name_bytes_max = 120;

/// Topics that are derived from a group (%RETRY%group, %DLQ%group) have to hold
/// the group's whole name.
inline constexpr std::size_t derived_topic_name_bytes_max = 255;

inline constexpr std::string_view retry_topic_prefix = "%RETRY%";
inline constexpr std::string_view dead_letter_topic_prefix = "%DLQ%";

/// Where what a group did not consume comes to it again, and where it ends when
/// that was in vain too.
std::string retry_topic(std::string_view group);
std::string dead_letter_topic(std::string_view group);

/// Where messages are kept until they are due; its queues are delay levels.
inline constexpr std::string_view schedule_topic = "SCHEDULE_TOPIC_XXXX";

/// Topics that only the broker itself sends to.
bool is_closed_topic(std::string_view name);

/// Groups under whose names the broker keeps progress of its own.
inline constexpr std::string_view own_group_prefix = "CID_RMQ_SYS_";

/// Fails with errc::illegal_name; the text says what is wrong with the name.
result<void> check_topic_name(std::string_view name);

/// As check_topic_name; the broker's own groups are nobody else's.
result<void> check_group_name(std::string_view name);

} // namespace apogee
