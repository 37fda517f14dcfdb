#include "actors/client/outgoing_batch.hpp"

#include <iterator>
#include <utility>

namespace apogee::client {

bool try_merge(outgoing_batch& into, outgoing_batch& from,
               std::size_t bytes_max) {
  if (into.topic.value != from.topic.value || into.attempts != from.attempts
      || into.is_alone || from.is_alone || into.is_sharded != from.is_sharded
      || into.avoided != from.avoided
      || into.size_bytes() + from.size_bytes() > bytes_max)
    return false;
  into.words.insert(into.words.end(), from.words.begin(), from.words.end());
  into.messages.insert(into.messages.end(),
                       std::make_move_iterator(from.messages.begin()),
                       std::make_move_iterator(from.messages.end()));
  from.words.clear();
  from.messages.clear();
  return true;
}

std::map<std::uint64_t, batch_ptr>
split_batch(outgoing_batch& from,
            const std::function<std::uint64_t(const outgoing_message&)>& part) {
  std::map<std::uint64_t, batch_ptr> parts;
  std::size_t at = 0;
  for (auto& message : from.messages) {
    const auto begin = from.words.begin() + static_cast<std::ptrdiff_t>(at);
    at += message.words;
    if (message.is_answered)
      continue;
    auto& to = parts[part(message)];
    if (!to) {
      to = std::make_unique<outgoing_batch>();
      to->topic = from.topic;
      to->is_sharded = from.is_sharded;
      to->is_alone = from.is_alone;
      to->attempts = from.attempts;
      to->avoided = from.avoided;
    }
    to->words.insert(to->words.end(), begin, begin + message.words);
    to->messages.push_back(std::move(message));
  }
  from.words.clear();
  from.messages.clear();
  return parts;
}

envelope<schema::AppendRequest> make_append_request(const outgoing_batch& batch,
                                                    const std::string& topic,
                                                    std::uint32_t queue,
                                                    ack_level ack) {
  const auto count = static_cast<unsigned>(batch.messages.size());
  const auto words_hint = 16 + topic.size() / 8 + count + batch.words.size();
  return envelope<schema::AppendRequest>::build(
    [&](schema::AppendRequest::Builder out) {
      out.setTopic(topic);
      out.setQueue(queue);
      out.setAck(static_cast<std::uint8_t>(ack));
      auto list = out.initMessages(count);
      const auto* words = batch.words.data();
      for (unsigned i = 0; i < count; ++i) {
        const auto size = batch.messages[i].words;
        list.set(i, {reinterpret_cast<const capnp::byte*>(words),
                     size * sizeof(std::uint64_t)});
        words += size;
      }
    },
    words_hint);
}

} // namespace apogee::client
