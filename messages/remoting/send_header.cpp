#include "messages/remoting/send_header.hpp"

#include "messages/remoting/field_reader.hpp"

#include <array>
#include <bit>

namespace apogee::remoting {

namespace {

/// In the order of the short names: a, b, c, …
enum send_field : std::size_t {
  producer_group,
  topic,
  default_topic,
  default_topic_queues,
  queue_number,
  sys_flag,
  born_timestamp,
  flag,
  properties,
  reconsume_times,
  unit_mode,
  max_reconsume_times,
  batch,
  broker_name,
  field_count,
};

constexpr std::array<std::string_view, field_count> long_names{
  "producerGroup", "topic",          "defaultTopic",  "defaultTopicQueueNums",
  "queueId",       "sysFlag",        "bornTimestamp", "flag",
  "properties",    "reconsumeTimes", "unitMode",      "maxReconsumeTimes",
  "batch",         "bname"};

/// All up to the flag.
constexpr std::uint32_t required_fields = (1u << properties) - 1;

/// field_count for a name that is none of them.
std::size_t short_field(std::string_view key) {
  if (key.size() != 1 || key[0] < 'a')
    return field_count;
  return static_cast<std::size_t>(key[0] - 'a');
}

std::size_t long_field(std::string_view key) {
  std::size_t field = 0;
  while (field < field_count && long_names[field] != key)
    ++field;
  return field;
}

bool has_long_names(std::int32_t code) {
  return code == static_cast<std::int32_t>(request_code::send_message)
         || code == static_cast<std::int32_t>(request_code::send_reply_message);
}

/// False when the value is not the number it has to be.
bool assign(send_header& to, std::size_t field, std::string_view value) {
  switch (field) {
  case producer_group:
    to.producer_group = value;
    return true;
  case topic:
    to.topic = value;
    return true;
  case default_topic:
    to.default_topic = value;
    return true;
  case default_topic_queues:
    return parse_integer(value, to.default_topic_queues);
  case queue_number:
    return parse_integer(value, to.queue_number);
  case sys_flag:
    return parse_integer(value, to.sys_flag);
  case born_timestamp:
    return parse_integer(value, to.born_timestamp_ms);
  case flag:
    return parse_integer(value, to.flag);
  case properties:
    to.properties = value;
    return true;
  case reconsume_times:
    return value.empty() || parse_integer(value, to.reconsume_times);
  case unit_mode:
    to.is_unit_mode = parse_boolean(value);
    return true;
  case max_reconsume_times:
    return value.empty()
           || parse_integer(value, to.max_reconsume_times.emplace());
  case batch:
    to.is_batch = parse_boolean(value);
    return true;
  case broker_name:
    to.broker_name = value;
    return true;
  default:
    return true;
  }
}

} // namespace

result<send_header> decode_send_header(const command& from) {
  send_header header;
  std::uint32_t seen = 0;
  const auto is_long = has_long_names(from.code);
  for (const auto& entry : from.fields) {
    const auto field = is_long ? long_field(entry.key) : short_field(entry.key);
    if (field >= field_count)
      continue;
    if (!assign(header, field, entry.value))
      return not_a_number(long_names[field]);
    seen |= 1u << field;
  }
  if ((seen & required_fields) != required_fields)
    return missing_field(
      long_names[static_cast<std::size_t>(std::countr_one(seen))]);
  return header;
}

} // namespace apogee::remoting
