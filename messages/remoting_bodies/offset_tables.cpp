#include "messages/remoting_bodies/offset_tables.hpp"

#include "messages/remoting_bodies/json_fields.hpp"
#include "messages/remoting_bodies/json_writer.hpp"

#include <utility>

namespace apogee::remoting {

namespace {

struct consumer_status {
  offset_table offsets;
};

void read(json_fields& in, consumer_status& out) {
  in.read("messageQueueTable", out.offsets);
}

} // namespace

std::string write_reset_offsets(const offset_table& offsets) {
  return write_map_body("offsetTable", offsets);
}

std::string write_reset_offsets_as_list(const offset_table& offsets) {
  const auto list = [&](json_writer& out) {
    out.put_list(offsets, [&](const auto& entry) {
      const auto& [queue, offset] = entry;
      out.put_map("brokerName", queue.broker_name, "offset", offset, "queueId",
                  queue.queue_id, "topic", queue.topic);
    });
  };
  return write_map_body("offsetTable", list);
}

result<offset_table> parse_consumer_status(std::string_view body) {
  auto status = parse_body<consumer_status>("consumer status", body);
  if (!status)
    return status.error();
  return std::move(status->offsets);
}

std::string
write_consumer_status(const std::map<std::string, offset_table>& clients) {
  return write_map_body("consumerTable", clients, "messageQueueTable",
                        offset_table{});
}

std::string write_correction_offsets(const offsets_by_queue_id& offsets) {
  return write_map_body("correctionOffsets", offsets);
}

std::string write_consumer_offsets(
  const std::map<std::string, offsets_by_queue_id>& offsets,
  const data_version& version) {
  return write_map_body("dataVersion", version, "offsetTable", offsets);
}

} // namespace apogee::remoting
