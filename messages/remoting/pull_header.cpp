#include "messages/remoting/pull_header.hpp"

#include "messages/remoting/field_reader.hpp"

#include <array>
#include <bit>

namespace apogee::remoting {

namespace {

enum pull_field : std::size_t {
  consumer_group,
  topic,
  queue_number,
  queue_offset,
  messages_max,
  sys_flag,
  commit_offset,
  suspend_timeout,
  required_count, ///< those above must be there
  subscription = required_count,
  subscription_version, // required by the protocol; some clients leave it out
  expression_type,
  bytes_max,
  field_count,
};

constexpr std::array<std::string_view, field_count> names{
  "consumerGroup", "topic",      "queueId",        "queueOffset",
  "maxMsgNums",    "sysFlag",    "commitOffset",   "suspendTimeoutMillis",
  "subscription",  "subVersion", "expressionType", "maxMsgBytes"};

constexpr std::uint32_t required_fields = (1u << required_count) - 1;

/// False when the value is not the number it has to be.
bool assign(pull_header& to, std::size_t field, std::string_view value) {
  switch (field) {
  case consumer_group:
    to.consumer_group = value;
    return true;
  case topic:
    to.topic = value;
    return true;
  case queue_number:
    return parse_integer(value, to.queue_number);
  case queue_offset:
    return parse_integer(value, to.queue_offset);
  case messages_max:
    return parse_integer(value, to.messages_max);
  case sys_flag:
    return parse_integer(value, to.sys_flag);
  case commit_offset:
    return parse_integer(value, to.commit_offset);
  case suspend_timeout:
    return parse_integer(value, to.suspend_timeout_ms);
  case subscription:
    to.subscription = value;
    return true;
  case subscription_version:
    return value.empty() || parse_integer(value, to.subscription_version);
  case expression_type:
    to.expression_type = value;
    return true;
  case bytes_max:
    return value.empty() || parse_integer(value, to.bytes_max.emplace());
  default:
    return true;
  }
}

} // namespace

result<pull_header> decode_pull_header(const command& from) {
  pull_header header;
  std::uint32_t seen = 0;
  for (const auto& entry : from.fields) {
    std::size_t field = 0;
    while (field < field_count && names[field] != entry.key)
      ++field;
    if (field == field_count)
      continue;
    if (!assign(header, field, entry.value))
      return not_a_number(names[field]);
    seen |= 1u << field;
  }
  if ((seen & required_fields) != required_fields)
    return missing_field(
      names[static_cast<std::size_t>(std::countr_one(seen))]);
  return header;
}

} // namespace apogee::remoting
