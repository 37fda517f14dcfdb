#include "actors/remoting/send_batches.hpp"

#include "messages/message_body.hpp"
#include "messages/record.hpp"
#include "messages/remoting/batch_body.hpp"
#include "messages/remoting/properties.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace apogee::remoting {

namespace {

/// Words of an arena beyond what the received bytes take: records have a longer
/// header than the elements of a batch.
constexpr std::size_t arena_words_spare = 512;

/// What the broker looks at in a message's properties, found in one pass.
struct known_properties {
  std::string_view tag;
  std::string_view unique_key;
  bool has_wait = false;
};

known_properties scan(std::string_view properties) {
  known_properties out;
  property one;
  while (next_property(properties, one))
    if (one.name == property_names::tags)
      out.tag = one.value;
    else if (one.name == property_names::unique_key)
      out.unique_key = one.value;
    else if (one.name == property_names::wait)
      out.has_wait = true;
  return out;
}

result<void> check_sizes(const batch_element& message,
                         std::uint64_t message_size_max) {
  if (message.body.size() > message_size_max)
    return {errc::message_too_large, "the message body of "
                                       + std::to_string(message.body.size())
                                       + " bytes is over the limit of "
                                       + std::to_string(message_size_max)};
  if (message.properties.size() > properties_bytes_max)
    return {errc::message_too_large,
            "the message properties of "
              + std::to_string(message.properties.size())
              + " bytes are over the limit of "
              + std::to_string(properties_bytes_max)};
  return {};
}

} // namespace

result<void> send_batches::add(const target& to, const command& request,
                               const send_header& header,
                               std::string_view born_host,
                               std::uint64_t message_size_max) {
  elements_.clear();
  if (header.is_batch && request.body.size() > message_size_max)
    return {errc::message_too_large, "the batch of "
                                       + std::to_string(request.body.size())
                                       + " bytes is over the limit of "
                                       + std::to_string(message_size_max)};
  if (header.is_batch) {
    batch_reader reader{request.body};
    batch_element element;
    while (reader.next(element))
      elements_.push_back(element);
    if (!reader.outcome())
      return reader.outcome();
    if (elements_.empty())
      return {errc::malformed, "a batch without messages"};
  } else {
    elements_.push_back({header.flag, request.body, header.properties});
  }
  for (const auto& element : elements_)
    if (auto sound = check_sizes(element, message_size_max); !sound)
      return sound;
  waiting_send sender;
  sender.type = request.type;
  sender.opaque = request.opaque;
  sender.is_oneway = request.is_oneway();
  encode(to, header, born_host, sender);
  return {};
}

void send_batches::encode(const target& to, const send_header& header,
                          std::string_view born_host, waiting_send sender) {
  // All elements of a request stay in one batch: they are stored together.
  std::size_t words = 0;
  for (const auto& element : elements_)
    words += encoded_message_words({.properties = element.properties,
                                    .body = element.body,
                                    .born_host = born_host});
  make_room(words + elements_.size() * unique_key_words_max);
  auto& batch = batch_for(to);
  sender.messages = static_cast<std::uint32_t>(elements_.size());
  for (const auto& element : elements_) {
    const auto known = scan(element.properties);
    auto properties = element.properties;
    if (known.has_wait || known.unique_key.empty()) {
      scratch_.assign(properties);
      // It concerns this request only; the original does not keep it either.
      if (known.has_wait)
        remove_property(scratch_, property_names::wait);
      // Where there is no room left for it, it has none.
      if (known.unique_key.empty()
          && scratch_.size() + unique_key_words_max * sizeof(std::uint64_t)
               <= properties_bytes_max)
        append_property(scratch_, property_names::unique_key,
                        unique_keys_.next());
      properties = scratch_;
    }
    if (sender.unique_key_bytes == 0) {
      const auto key =
        known.unique_key.empty()
          ? find_property(properties, property_names::unique_key).value_or("")
          : known.unique_key;
      sender.unique_key_begin =
        static_cast<std::uint32_t>(batch.unique_keys.size());
      sender.unique_key_bytes = static_cast<std::uint32_t>(key.size());
      batch.unique_keys += key;
    }
    const message_view message{header.born_timestamp_ms,
                               element.flag,
                               header.sys_flag,
                               header.reconsume_times,
                               properties,
                               element.body,
                               born_host};
    const auto body = take_room(encoded_message_words(message));
    encode_message(message, body);
    batch.messages.bodies.push_back(std::as_bytes(body));
    batch.messages.tag_hashes.push_back(tag_hash(known.tag));
    batch.bytes += record_size(body.size_bytes());
  }
  batch.senders.push_back(sender);
}

std::vector<send_batch> send_batches::take() {
  arena_ = {};
  return std::exchange(batches_, {});
}

send_batch& send_batches::batch_for(const target& to) {
  // Only the queue's last batch: a message does not go before an earlier one.
  const auto last =
    std::find_if(batches_.rbegin(), batches_.rend(), [&](const auto& batch) {
      return batch.queue == to.queue && batch.topic == to.topic;
    });
  if (last != batches_.rend() && last->messages.ack == to.ack
      && last->messages.owner.data.get() == arena_.words.get())
    return *last;
  auto& batch = batches_.emplace_back();
  batch.topic = to.topic;
  batch.queue = to.queue;
  batch.messages.ack = to.ack;
  batch.messages.owner = {arena_.words, arena_.size};
  return batch;
}

void send_batches::make_room(std::size_t words) {
  if (arena_.size - arena_.used >= words)
    return;
  const auto wanted = expected_bytes_ / sizeof(std::uint64_t);
  expected_bytes_ = 0; // the first arena was meant to do
  arena_.size = std::max(wanted, words) + arena_words_spare;
  arena_.words = std::make_shared_for_overwrite<std::uint64_t[]>(arena_.size);
  arena_.used = 0;
}

std::span<std::uint64_t> send_batches::take_room(std::size_t words) {
  const std::span<std::uint64_t> room{arena_.words.get() + arena_.used, words};
  arena_.used += words;
  return room;
}

} // namespace apogee::remoting
