#include "store/views/group_offsets.hpp"

#include "store/views/keys.hpp"

#include <algorithm>
#include <optional>

namespace apogee::store {

namespace {

// Key: the group's name, a zero byte, topic id, queue number.
constexpr std::size_t queue_bytes = 8;

std::vector<std::byte> prefix_of(std::string_view group) {
  const auto name = std::as_bytes(std::span{group.data(), group.size()});
  std::vector<std::byte> key{name.begin(), name.end()};
  key.push_back(std::byte{0});
  return key;
}

std::vector<std::byte> key_of(std::string_view group, queue_id queue) {
  auto key = prefix_of(group);
  const auto at = key.size();
  key.resize(at + queue_bytes);
  write_big_endian(key.data() + at, queue.topic.value);
  write_big_endian(key.data() + at + 4, queue.number);
  return key;
}

struct parsed_key {
  std::string_view group;
  queue_id queue;
};

std::optional<parsed_key> parse(lmdb::bytes key) {
  if (key.size() < queue_bytes + 1)
    return std::nullopt;
  const auto name_bytes = key.size() - queue_bytes - 1;
  const auto* queue = key.data() + name_bytes + 1;
  return parsed_key{{reinterpret_cast<const char*>(key.data()), name_bytes},
                    {{read_big_endian<std::uint32_t>(queue)},
                     read_big_endian<std::uint32_t>(queue + 4)}};
}

} // namespace

result<void> group_offsets::put(lmdb::write_transaction& in,
                                std::string_view group,
                                const group_offset& offset) const {
  return in.put(offsets_, key_of(group, offset.queue),
                value_bytes(offset.offset.value));
}

result<std::vector<group_offset>>
group_offsets::get(const lmdb::transaction& in, std::string_view group) const {
  std::vector<group_offset> out;
  auto at = in.open_cursor(offsets_);
  if (!at)
    return at.error();
  auto found = at->seek(prefix_of(group));
  for (;;) {
    if (!found)
      return found.error();
    if (!*found)
      return out;
    const auto key = parse((*found)->key);
    if (!key || key->group != group)
      return out;
    out.push_back(
      {key->queue, {read_value<std::uint64_t>((*found)->value.data())}});
    found = at->next();
  }
}

result<void> group_offsets::erase_group(lmdb::write_transaction& in,
                                        std::string_view group) const {
  auto at = in.open_cursor(offsets_);
  if (!at)
    return at.error();
  auto found = at->seek(prefix_of(group));
  for (;;) {
    if (!found)
      return found.error();
    if (!*found)
      return {};
    const auto key = parse((*found)->key);
    if (!key || key->group != group)
      return {};
    if (auto done = at->erase(); !done)
      return done;
    found = at->next();
  }
}

result<void> group_offsets::erase_topic(lmdb::write_transaction& in,
                                        topic_id topic) const {
  auto at = in.open_cursor(offsets_);
  if (!at)
    return at.error();
  auto found = at->first();
  for (;;) {
    if (!found)
      return found.error();
    if (!*found)
      return {};
    const auto key = parse((*found)->key);
    if (!key)
      return {};
    const std::string group{key->group};
    if (key->queue.topic < topic) {
      found = at->seek(key_of(group, {topic, 0}));
    } else if (key->queue.topic == topic) {
      if (auto done = at->erase(); !done)
        return done;
      found = at->next();
    } else {
      // On to the next group: no name continues with a byte below 1.
      auto behind = prefix_of(group);
      behind.back() = std::byte{1};
      found = at->seek(behind);
    }
  }
}

} // namespace apogee::store
