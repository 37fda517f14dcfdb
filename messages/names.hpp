#pragma once

#include "messages/errors.hpp"

#include <cstddef>
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

/// Fails with errc::illegal_name; the text says what is wrong with the name.
result<void> check_topic_name(std::string_view name);

/// As check_topic_name.
result<void> check_group_name(std::string_view name);

} // namespace apogee
