#include "tests/actors/client/fake_records.hpp"

#include "messages/envelope.hpp"
#include "messages/message.capnp.h"
#include "messages/record.hpp"

#include <span>

namespace apogee::client {

std::vector<std::byte> make_record(const std::string& body, std::uint32_t queue,
                                   std::uint64_t offset) {
  auto encoded = envelope<schema::Message>::build([&](auto out) {
    out.setBornTime(7);
    out.setTag("a-tag");
    auto keys = out.initKeys(1);
    keys.set(0, "a-key");
    out.setBody(
      {reinterpret_cast<const capnp::byte*>(body.data()), body.size()});
  });
  const auto& words = encoded.words(); // the first one is the segment table
  const std::span<const std::byte> flat{
    reinterpret_cast<const std::byte*>(words.data.get() + 1),
    (words.count - 1) * sizeof(std::uint64_t)};
  std::vector<std::byte> record(record_size(flat.size()));
  record_fields fields;
  fields.queue = {{1}, queue};
  fields.offset = {offset};
  fields.store_time_ms = static_cast<std::int64_t>(1000 + offset);
  encode_record(fields, {offset * 1000}, flat, record);
  return record;
}

} // namespace apogee::client
