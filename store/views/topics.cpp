#include "store/views/topics.hpp"

#include "messages/log.capnp.h"
#include "store/views/keys.hpp"
#include "store/views/record_body.hpp"

#include <array>

namespace apogee::store {

namespace {

std::array<std::byte, 4> key_of(topic_id id) {
  std::array<std::byte, 4> key;
  write_big_endian(key.data(), id.value);
  return key;
}

topic_info to_info(schema::TopicConfig::Reader topic) {
  topic_info out;
  out.id = {topic.getId()};
  out.name = topic.getName().cStr();
  out.queues = topic.getQueues();
  out.permission = topic.getPermission();
  out.deleted = topic.getDeleted();
  out.created_ms = topic.getCreatedMs();
  out.write_queues =
    topic.getWriteQueues() == 0 ? out.queues : topic.getWriteQueues();
  out.read_queues =
    topic.getReadQueues() == 0 ? out.queues : topic.getReadQueues();
  out.system_flag = topic.getSystemFlag();
  out.is_ordered = topic.getOrdered();
  for (const auto attribute : topic.getAttributes())
    out.attributes[attribute.getName()] = attribute.getValue();
  return out;
}

} // namespace

result<void> topics_view::put(lmdb::write_transaction& in, topic_id id,
                              lmdb::bytes body) const {
  return in.put(topics_, key_of(id), body);
}

result<void> topics_view::mark_deleted(lmdb::write_transaction& in,
                                       topic_id id) const {
  if (auto done = in.erase(topics_, key_of(id)); !done)
    return done;
  return in.put(deleted_, key_of(id), {});
}

result<void> topics_view::forget_deleted(lmdb::write_transaction& in,
                                         topic_id id) const {
  return in.erase(deleted_, key_of(id));
}

result<std::vector<topic_info>>
topics_view::live(const lmdb::transaction& in) const {
  std::vector<topic_info> out;
  auto at = in.open_cursor(topics_);
  if (!at)
    return at.error();
  for (auto found = at->first();; found = at->next()) {
    if (!found)
      return found.error();
    if (!*found)
      return out;
    auto info = read_body<schema::TopicConfig>((*found)->value, to_info);
    if (!info)
      return info.error();
    out.push_back(std::move(*info));
  }
}

result<std::optional<topic_id>>
topics_view::first_deleted(const lmdb::transaction& in) const {
  auto at = in.open_cursor(deleted_);
  if (!at)
    return at.error();
  auto found = at->first();
  if (!found)
    return found.error();
  if (!*found)
    return std::optional<topic_id>{};
  return std::optional{
    topic_id{read_big_endian<std::uint32_t>((*found)->key.data())}};
}

} // namespace apogee::store
