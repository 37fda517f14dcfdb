#pragma once

#include "actors/core/broker_statistics.hpp"
#include "messages/remoting_bodies/statistics.hpp"

#include <optional>
#include <string_view>

namespace apogee::remoting {

/// The broker's statistics under RocketMQ's names: "TOPIC_PUT_NUMS" of the key
/// "orders", "GROUP_GET_SIZE" of "orders@readers"; those of the broker itself
/// have its cluster's name as the key. Sizes are those of the log's records.
/// Nothing when there is no such statistic, or none of that key yet.
std::optional<broker_stats>
named_statistics(const core::broker_statistics& from, std::string_view cluster,
                 std::string_view name, std::string_view key,
                 core::broker_statistics::instant now);

} // namespace apogee::remoting
