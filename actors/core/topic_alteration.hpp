#pragma once

#include "messages/errors.hpp"
#include "messages/topic_info.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace apogee::core {

/// What somebody wants of a topic. What is not given stays as it is.
struct topic_wish {
  std::optional<std::uint32_t> write_queues;
  std::optional<std::uint32_t> read_queues;
  std::optional<std::uint8_t> permission;
  std::optional<std::int32_t> system_flag;
  std::optional<bool> is_ordered;
  std::string attribute_changes; ///< "+message.type=FIFO,-message.type"
};

/// A topic as it is when nothing else is wished; not in a log yet.
topic_info new_topic(std::string name);

/// The topic as it is wished. Queues that are no longer written to or read stay
/// in existence. Fails with errc::illegal_name, or errc::invalid_argument when
/// it has no queue, more than `queues_max`, no permission, or attributes that
/// are unknown.
result<topic_info> alter(topic_info topic, const topic_wish& wish,
                         std::uint32_t queues_max);

/// Applies changes in RocketMQ's form: "+name=value" sets, "-name" removes,
/// with commas between. Fails with errc::invalid_argument; `attributes` is then
/// as before.
result<void> change_attributes(std::map<std::string, std::string>& attributes,
                               std::string_view changes);

} // namespace apogee::core
