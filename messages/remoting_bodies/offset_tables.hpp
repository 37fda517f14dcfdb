#pragma once

#include "messages/errors.hpp"
#include "messages/remoting_bodies/data_version.hpp"
#include "messages/remoting_bodies/message_queue.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace apogee::remoting {

using offset_table = std::map<message_queue, std::int64_t>;
using offsets_by_queue_id = std::map<std::int32_t, std::int64_t>;

/// Body of 220 for Java and Go, and answer of 222.
std::string write_reset_offsets(const offset_table& offsets);

/// Body of 220 for C++, which cannot read maps as keys.
std::string write_reset_offsets_as_list(const offset_table& offsets);

/// What a client answers to 221.
result<offset_table> parse_consumer_status(std::string_view body);

/// Answer of 223: the tables of a group's clients, by client id.
std::string
write_consumer_status(const std::map<std::string, offset_table>& clients);

/// Answer of 308.
std::string write_correction_offsets(const offsets_by_queue_id& offsets);

/// Answer of 43: by "topic@group".
std::string write_consumer_offsets(
  const std::map<std::string, offsets_by_queue_id>& offsets,
  const data_version& version);

} // namespace apogee::remoting
