// Arbitrary bytes as one body that a server receives. The first byte chooses
// which; what is taken is written again, and has to be read again as the same.
#include "messages/remoting_bodies/assignment.hpp"
#include "messages/remoting_bodies/connections.hpp"
#include "messages/remoting_bodies/group_config.hpp"
#include "messages/remoting_bodies/heartbeat.hpp"
#include "messages/remoting_bodies/json_document.hpp"
#include "messages/remoting_bodies/offset_tables.hpp"
#include "messages/remoting_bodies/queue_locks.hpp"
#include "messages/remoting_bodies/settings_text.hpp"
#include "messages/remoting_bodies/topic_config.hpp"

#include <string>
#include <string_view>

namespace apogee::remoting {

namespace {

void use_heartbeat(std::string_view body) {
  auto beat = parse_heartbeat(body);
  if (!beat)
    return;
  for (const auto& consumer : beat->consumers) {
    consumer_connections all;
    all.connections = {{beat->client_id, "a", 0, 0}};
    all.type = consumer.type;
    all.model = consumer.model;
    all.from = consumer.from;
    all.subscriptions = consumer.subscriptions;
    APOGEE_CHECK(read_json(write_consumer_connections(all)).has_value());
  }
}

void use_group_config(std::string_view body) {
  const auto group = parse_group_config(body);
  if (!group)
    return;
  const auto text = write_group_config(*group);
  const auto again = parse_group_config(text);
  APOGEE_CHECK(again && write_group_config(*again) == text);
}

void use_config_lists(std::string_view body) {
  if (const auto topics = parse_topic_config_list(body))
    APOGEE_CHECK(read_json(write_topic_config_table(*topics, {})).has_value());
  if (const auto groups = parse_group_config_list(body))
    APOGEE_CHECK(read_json(write_group_config_table(*groups, {})).has_value());
}

void use_queues(std::string_view body) {
  if (const auto lock = parse_queue_lock_request(body))
    APOGEE_CHECK(read_json(write_queue_lock_result(lock->queues)).has_value());
  const auto offsets = parse_consumer_status(body);
  if (!offsets)
    return;
  APOGEE_CHECK(read_json(write_reset_offsets(*offsets)).has_value());
  APOGEE_CHECK(read_json(write_reset_offsets_as_list(*offsets)).has_value());
}

void use_settings(std::string_view text) {
  const auto settings = parse_settings(text);
  if (!settings)
    return;
  // Bytes that are not UTF-8 are replaced once, not twice.
  const auto first = parse_settings(write_settings(*settings));
  APOGEE_CHECK(first.has_value());
  const auto second = parse_settings(write_settings(*first));
  APOGEE_CHECK(second.has_value() && *second == *first);
}

void use(unsigned choice, std::string_view body) {
  switch (choice % 6) {
  case 0:
    return use_heartbeat(body);
  case 1:
    return use_group_config(body);
  case 2:
    return use_config_lists(body);
  case 3:
    return use_queues(body);
  case 4:
    return use_settings(body);
  default:
    (void)parse_client_config_check(body).has_value();
    (void)parse_assignment_request(body).has_value();
    (void)parse_data_version(body).has_value();
  }
}

} // namespace

} // namespace apogee::remoting

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0)
    return 0;
  apogee::remoting::use(data[0],
                        {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
