#include "actors/remoting/topic_rules.hpp"

#include "messages/names.hpp"
#include "messages/remoting/properties.hpp"

#include <algorithm>
#include <string>

namespace apogee::remoting {

namespace {

constexpr std::int32_t transaction_bits = 0xc;

bool is_timer(const property& one) {
  return one.name == property_names::timer_deliver_ms
         || one.name == property_names::timer_delay_seconds
         || one.name == property_names::timer_delay_ms
         || one.name == property_names::start_deliver_time;
}

/// `takes_level`: a delay level is served.
result<void> check_served(const send_header& header, bool takes_level) {
  if ((header.sys_flag & transaction_bits) != 0)
    return {errc::not_supported, "transactional messages are not served by "
                                 "this version; nothing was stored"};
  auto rest = header.properties;
  property one;
  while (next_property(rest, one)) {
    if (one.name == property_names::transaction_prepared && one.value == "true")
      return {errc::not_supported, "transactional messages are not served by "
                                   "this version; nothing was stored"};
    const auto is_level =
      one.name == property_names::delay_level && one.value != "0";
    if (is_timer(one) || (is_level && !takes_level))
      return {errc::not_supported, "delayed messages are not served by this "
                                   "version; nothing was stored"};
  }
  return {};
}

} // namespace

result<void> check_send(const send_header& header) {
  if (is_closed_topic(header.topic))
    return {errc::permission_denied, "Sending message to topic["
                                       + std::string{header.topic}
                                       + "] is forbidden."};
  return check_served(header, false);
}

result<void> check_retry_send(const send_header& header) {
  return check_served(header, true);
}

result<new_topic> topic_to_create(const send_header& header,
                                  const config::remoting_settings& settings) {
  if (header.topic.starts_with(dead_letter_topic_prefix))
    return new_topic{1};
  if (!settings.auto_create_topics || header.default_topic != template_topic)
    return {errc::unknown_topic,
            "topic[" + std::string{header.topic}
              + "] not exist, apply first please! Create it with 'apogee topic "
                "create', or set remoting.auto-create-topics"};
  const auto wished = std::max(header.default_topic_queues, 1);
  return new_topic{
    std::min(static_cast<std::uint32_t>(wished), template_topic_queues)};
}

ack_level ack_of(const send_header& header, bool flush_disk, bool is_oneway) {
  if (!flush_disk || is_oneway
      || find_property(header.properties, property_names::wait) == "false")
    return ack_level::memory;
  return ack_level::disk;
}

} // namespace apogee::remoting
