#include "actors/remoting/stored_form.hpp"

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

} // namespace apogee::remoting
