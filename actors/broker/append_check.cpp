#include "actors/broker/append_check.hpp"

#include "messages/message_body.hpp"
#include "messages/remoting/properties.hpp"

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
  if (body.size() > message_bytes_max)
    return {errc::message_too_large,
            "a message of " + std::to_string(body.size())
              + " bytes with all its properties; at most "
              + std::to_string(message_bytes_max) + " can be delivered"};
  const auto message = decode_message(body);
  if (!message)
    return message.error();
  const auto size = message->body.size();
  if (size > message_size_max)
    return {errc::message_too_large,
            "a message body of " + std::to_string(size) + " bytes; at most "
              + std::to_string(message_size_max)
              + " are accepted (broker.message-size-max)"};
  const auto properties = message->properties;
  if (properties.size() > remoting::properties_bytes_max)
    return {errc::message_too_large,
            std::to_string(properties.size())
              + " bytes of properties, tag and keys; at most "
              + std::to_string(remoting::properties_bytes_max)
              + " are accepted"};
  return tag_hash(
    remoting::find_property(properties, remoting::property_names::tags)
      .value_or(""));
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
