#include "actors/remoting/stored_form.hpp"

#include "messages/remoting/properties.hpp"

#include <utility>

namespace apogee::remoting {

void take_record(stored_message& out, const record_view& record,
                 const message_view& message) {
  out.flag = message.flag;
  out.queue_offset = static_cast<std::int64_t>(record.fields.offset.value);
  out.physical_offset = static_cast<std::int64_t>(record.position.value);
  out.sys_flag = message.sys_flag;
  out.born_timestamp_ms = message.born_time_ms;
  out.born_host = unpacked(message.born_host).value_or(host_address{});
  out.store_timestamp_ms = record.fields.store_time_ms;
  out.reconsume_times = message.reconsume_times;
  out.body = message.body;
  out.properties = message.properties;
}

std::string broker_properties(std::string_view cluster) {
  std::string out;
  append_property(out, property_names::message_region, "DefaultRegion");
  append_property(out, property_names::trace_on, "true");
  append_property(out, property_names::cluster, cluster);
  return out;
}

stored_form::stored_form(std::string topic, std::uint32_t queue,
                         host_address store_host,
                         std::shared_ptr<const std::string> broker_properties)
  : topic_(std::move(topic)), queue_(static_cast<std::int32_t>(queue)),
    store_host_(store_host), broker_properties_(std::move(broker_properties)) {}

void stored_form::append(std::vector<char>& out, const record_view& record,
                         const message_view& message) const {
  stored_message stored;
  stored.topic = topic_;
  stored.queue_number = queue_;
  stored.store_host = store_host_;
  take_record(stored, record, message);
  if (!append_stored_message(out, stored, *broker_properties_))
    static_cast<void>(append_stored_message(out, stored));
}

} // namespace apogee::remoting
