#include "tests/actors/client/fake_records.hpp"

#include "messages/message_body.hpp"
#include "messages/record.hpp"
#include "messages/remoting/properties.hpp"

#include <span>

namespace apogee::client {

std::vector<std::byte> make_record(const std::string& body, std::uint32_t queue,
                                   std::uint64_t offset,
                                   const earlier_failures& failures) {
  std::string properties;
  remoting::append_property(properties, remoting::property_names::tags,
                            "a-tag");
  remoting::append_property(properties, remoting::property_names::keys,
                            "a-key");
  if (!failures.topic.empty())
    remoting::append_property(properties, remoting::property_names::retry_topic,
                              failures.topic);
  const message_view message{.born_time_ms = 7,
                             .reconsume_times = failures.count,
                             .properties = properties,
                             .body = body};
  std::vector<std::uint64_t> words(encoded_message_words(message));
  apogee::encode_message(message, words);
  const auto flat = std::as_bytes(std::span{words});
  std::vector<std::byte> record(record_size(flat.size()));
  record_fields fields;
  fields.queue = {{1}, queue};
  fields.offset = {offset};
  fields.store_time_ms = static_cast<std::int64_t>(1000 + offset);
  encode_record(fields, {offset * 1000}, flat, record);
  return record;
}

} // namespace apogee::client
