#include "actors/broker/append_check.hpp"

#include "messages/message.capnp.h"

#include <capnp/message.h>

#include <string>

namespace apogee::broker {

namespace {

/// A message is pulled in one envelope, with its record's header and the fields
/// of the reply. A larger one could be stored and never be read.
constexpr std::size_t message_bytes_max = envelope_size_bytes_max - 1024;

std::span<const std::byte> bytes_of(capnp::Data::Reader data) {
  return {reinterpret_cast<const std::byte*>(data.begin()), data.size()};
}

/// The tag's hash of a sound message.
result<std::uint32_t> check_message(std::span<const std::byte> body,
                                    std::uint64_t message_size_max) {
  if (body.empty() || body.size() % sizeof(capnp::word) != 0)
    return {errc::malformed, "a message of " + std::to_string(body.size())
                               + " bytes is not made of whole words"};
  if (body.size() > message_bytes_max)
    return {errc::message_too_large,
            "a message of " + std::to_string(body.size())
              + " bytes with all its properties; at most "
              + std::to_string(message_bytes_max) + " can be delivered"};
  // An exception of a damaged message ends the reading of the whole request.
  const kj::ArrayPtr<const capnp::word> segment{
    reinterpret_cast<const capnp::word*>(body.data()),
    body.size() / sizeof(capnp::word)};
  const kj::ArrayPtr<const capnp::word> segments[] = {segment};
  capnp::SegmentArrayMessageReader reader{segments};
  const auto message = reader.getRoot<schema::Message>();
  const auto size = message.getBody().size();
  if (size > message_size_max)
    return {errc::message_too_large,
            "a message body of " + std::to_string(size) + " bytes; at most "
              + std::to_string(message_size_max)
              + " are accepted (broker.message-size-max)"};
  const auto tag = message.getTag();
  return tag_hash({tag.begin(), tag.size()});
}

} // namespace

result<staged_batch>
check_append(const envelope<schema::AppendRequest>& request,
             std::uint64_t message_size_max) {
  using request_reader = schema::AppendRequest::Reader;
  return request.read([&](request_reader r) -> result<staged_batch> {
    if (r.getAck() > static_cast<std::uint8_t>(ack_level::replicated_disk))
      return {errc::invalid_argument, "acknowledgement levels are 0 to 4, not "
                                        + std::to_string(r.getAck())};
    const auto messages = r.getMessages();
    if (messages.size() == 0)
      return {errc::invalid_argument, "a batch without messages"};
    staged_batch batch;
    batch.ack = static_cast<ack_level>(r.getAck());
    if (batch.ack >= ack_level::replicated)
      return {errc::no_replica_configured,
              "no replica is configured for this broker: use level 'disk' or "
              "'memory', or add a replica"};
    batch.owner = request.words();
    batch.bodies.reserve(messages.size());
    batch.tag_hashes.reserve(messages.size());
    for (const auto message : messages) {
      const auto body = bytes_of(message);
      const auto tag = check_message(body, message_size_max);
      if (!tag)
        return tag.error();
      batch.bodies.push_back(body);
      batch.tag_hashes.push_back(*tag);
    }
    return batch;
  });
}

} // namespace apogee::broker
