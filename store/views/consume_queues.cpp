#include "store/views/consume_queues.hpp"

#include "store/views/keys.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>

namespace apogee::store {

namespace {

constexpr auto per_chunk = consume_queues::chunk_entries;

using chunk_key = std::array<std::byte, 16>;

/// One entry as it stands in a chunk; its offset is where it stands. An entry
/// of size 0 is not there.
struct packed_entry {
  std::uint64_t position = 0;
  std::uint32_t size_bytes = 0;
  std::uint32_t tag_hash = 0;
};

static_assert(sizeof(packed_entry) == 16);

struct chunk {
  queue_id queue;
  std::uint64_t number = 0;
  lmdb::bytes value;

  std::uint64_t entries() const { return value.size() / sizeof(packed_entry); }

  packed_entry at(std::uint64_t slot) const {
    return read_value<packed_entry>(value.data() + slot * sizeof(packed_entry));
  }

  /// Behind its last entry.
  queue_offset end() const { return {number * per_chunk + entries()}; }
};

chunk_key key_of(queue_id queue, std::uint64_t number) {
  chunk_key key;
  write_big_endian(key.data(), queue.topic.value);
  write_big_endian(key.data() + 4, queue.number);
  write_big_endian(key.data() + 8, number);
  return key;
}

std::optional<chunk> parse(const std::optional<lmdb::key_value>& found) {
  if (!found || found->key.size() != sizeof(chunk_key))
    return std::nullopt;
  const auto* key = found->key.data();
  chunk out;
  out.queue = {{read_big_endian<std::uint32_t>(key)},
               read_big_endian<std::uint32_t>(key + 4)};
  out.number = read_big_endian<std::uint64_t>(key + 8);
  out.value = found->value;
  return out;
}

queue_id behind(queue_id queue) {
  if (queue.number == std::numeric_limits<std::uint32_t>::max())
    return {{queue.topic.value + 1}, 0};
  return {queue.topic, queue.number + 1};
}

/// The queue's chunk with the highest number.
result<std::optional<chunk>> last_chunk(lmdb::cursor& at, queue_id queue) {
  auto found =
    at.seek_before(key_of(queue, std::numeric_limits<std::uint64_t>::max()));
  if (!found)
    return found.error();
  auto out = parse(*found);
  if (out && out->queue != queue)
    out.reset();
  return out;
}

result<std::optional<chunk>> first_chunk(lmdb::cursor& at, queue_id queue) {
  auto found = at.seek(key_of(queue, 0));
  if (!found)
    return found.error();
  auto out = parse(*found);
  if (out && out->queue != queue)
    out.reset();
  return out;
}

index_entry unpack(queue_offset offset, const packed_entry& x) {
  return {offset, {x.position}, x.size_bytes, x.tag_hash};
}

std::string name_of(queue_id queue) {
  return "queue " + std::to_string(queue.number) + " of topic "
         + std::to_string(queue.topic.value);
}

} // namespace

result<void>
consume_queues::append(lmdb::write_transaction& in, queue_id queue,
                       const std::vector<index_entry>& entries) const {
  if (entries.empty())
    return {};
  std::array<packed_entry, per_chunk> slots;
  const auto first = entries.front().offset.value;
  {
    auto at = in.open_cursor(chunks_);
    if (!at)
      return at.error();
    auto last = last_chunk(*at, queue);
    if (!last)
      return last.error();
    if (*last && (*last)->end().value != first)
      return {errc::corrupt,
              name_of(queue) + " goes on at offset "
                + std::to_string((*last)->end().value)
                + ", but the log holds its offset " + std::to_string(first)
                + " at position "
                + std::to_string(entries.front().position.value)
                + "; restore the log from a copy, or delete the views folder"};
    // A queue whose start is no longer in the log begins inside a chunk.
    slots.fill({});
    if (*last && (*last)->number == first / per_chunk)
      std::memcpy(slots.data(), (*last)->value.data(), (*last)->value.size());
  }
  auto number = first / per_chunk;
  auto slot = first % per_chunk;
  for (std::size_t i = 0; i < entries.size();) {
    for (; i < entries.size() && slot < per_chunk; ++i, ++slot)
      slots[slot] = {entries[i].position.value, entries[i].size_bytes,
                     entries[i].tag_hash};
    const auto value = std::as_bytes(std::span{slots.data(), slot});
    if (auto done = in.put(chunks_, key_of(queue, number), value); !done)
      return done;
    ++number;
    slot = 0;
  }
  return {};
}

result<queue_offset> consume_queues::end(const lmdb::transaction& in,
                                         queue_id queue) const {
  auto at = in.open_cursor(chunks_);
  if (!at)
    return at.error();
  auto last = last_chunk(*at, queue);
  if (!last)
    return last.error();
  return *last ? (*last)->end() : queue_offset{};
}

result<std::optional<index_entry>>
consume_queues::get(const lmdb::transaction& in, queue_id queue,
                    queue_offset offset) const {
  const auto key = key_of(queue, offset.value / per_chunk);
  auto value = in.get(chunks_, key);
  if (!value)
    return value.error();
  if (!*value)
    return std::optional<index_entry>{};
  const chunk found{queue, offset.value / per_chunk, **value};
  const auto slot = offset.value % per_chunk;
  if (slot >= found.entries() || found.at(slot).size_bytes == 0)
    return std::optional<index_entry>{};
  return std::optional{unpack(offset, found.at(slot))};
}

result<queue_offset> consume_queues::begin(const lmdb::transaction& in,
                                           queue_id queue,
                                           log_position log_start) const {
  auto at = in.open_cursor(chunks_);
  if (!at)
    return at.error();
  auto first = first_chunk(*at, queue);
  if (!first)
    return first.error();
  if (!*first)
    return queue_offset{};
  std::uint64_t slot = 0;
  while (slot + 1 < (*first)->entries() && (*first)->at(slot).size_bytes == 0)
    ++slot;
  auto low = (*first)->number * per_chunk + slot;
  const auto oldest = (*first)->at(slot);
  if (oldest.size_bytes > 0 && oldest.position >= log_start.value)
    return queue_offset{low};
  auto queue_end = end(in, queue);
  if (!queue_end)
    return queue_end;
  // Positions grow with offsets: the first one that is still in the log.
  auto high = queue_end->value;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    auto entry = get(in, queue, {middle});
    if (!entry)
      return entry.error();
    if (!*entry || (*entry)->position < log_start)
      low = middle + 1;
    else
      high = middle;
  }
  return queue_offset{low};
}

result<std::vector<std::pair<queue_id, queue_offset>>>
consume_queues::begins(const lmdb::transaction& in,
                       log_position log_start) const {
  std::vector<std::pair<queue_id, queue_offset>> out;
  auto at = in.open_cursor(chunks_);
  if (!at)
    return at.error();
  for (queue_id next;;) {
    auto found = at->seek(key_of(next, 0));
    if (!found)
      return found.error();
    const auto here = parse(*found);
    if (!here)
      return out;
    auto first = begin(in, here->queue, log_start);
    if (!first)
      return first.error();
    out.emplace_back(here->queue, *first);
    next = behind(here->queue);
  }
}

result<void> consume_queues::start_at(lmdb::write_transaction& in,
                                      queue_id queue,
                                      queue_offset offset) const {
  if (offset.value == 0)
    return {};
  // A last chunk of entries that are not there.
  const auto last = offset.value - 1;
  const std::vector<packed_entry> slots(last % per_chunk + 1);
  return in.put(chunks_, key_of(queue, last / per_chunk),
                std::as_bytes(std::span{slots}));
}

result<std::vector<index_entry>>
consume_queues::find(const lmdb::transaction& in, queue_id queue,
                     queue_offset from, std::uint32_t count_max) const {
  std::vector<index_entry> out;
  auto at = in.open_cursor(chunks_);
  if (!at)
    return at.error();
  auto found = at->seek(key_of(queue, from.value / per_chunk));
  if (!found)
    return found.error();
  auto slot = from.value % per_chunk;
  auto number = from.value / per_chunk;
  auto next = parse(*found);
  while (next && next->queue == queue && next->number == number
         && out.size() < count_max) {
    for (; slot < next->entries() && out.size() < count_max; ++slot) {
      const auto entry = next->at(slot);
      if (entry.size_bytes == 0)
        return {errc::offset_out_of_range, name_of(queue)
                                             + " starts behind offset "
                                             + std::to_string(from.value)};
      out.push_back(unpack({number * per_chunk + slot}, entry));
    }
    slot = 0;
    ++number;
    found = at->next();
    if (!found)
      return found.error();
    next = parse(*found);
  }
  if (!out.empty() || count_max == 0)
    return out;
  auto last = end(in, queue);
  if (!last)
    return last.error();
  if (*last != from)
    return {errc::offset_out_of_range,
            "offset " + std::to_string(from.value) + " of " + name_of(queue)
              + " is not there; it goes on at " + std::to_string(last->value)};
  return out;
}

result<void> consume_queues::sweep(lmdb::write_transaction& in,
                                   queue_sweep& state, std::size_t queues_max,
                                   std::size_t chunks_max) const {
  auto at = in.open_cursor(chunks_);
  if (!at)
    return at.error();
  while (queues_max > 0 && chunks_max > 0) {
    auto found = at->seek(key_of(state.next, 0));
    if (!found)
      return found.error();
    auto here = parse(*found);
    if (!here) {
      state.running = false;
      return {};
    }
    const auto queue = here->queue;
    state.next = queue;
    while (here->at(here->entries() - 1).position < state.start.value) {
      auto following = at->next();
      if (!following)
        return following.error();
      const auto after = parse(*following);
      if (!after || after->queue != queue)
        break; // the last chunk stays
      if (chunks_max == 0)
        return {};
      if (auto back = at->previous(); !back)
        return back.error();
      if (auto done = at->erase(); !done)
        return done;
      --chunks_max;
      following = at->next();
      if (!following)
        return following.error();
      here = parse(*following);
    }
    state.next = behind(queue);
    --queues_max;
  }
  return {};
}

result<bool> consume_queues::erase_topic(lmdb::write_transaction& in,
                                         topic_id topic,
                                         std::size_t& chunks_max) const {
  auto at = in.open_cursor(chunks_);
  if (!at)
    return at.error();
  auto found = at->seek(key_of({topic, 0}, 0));
  for (; chunks_max > 0; --chunks_max) {
    if (!found)
      return found.error();
    const auto here = parse(*found);
    if (!here || here->queue.topic != topic)
      return true;
    if (auto done = at->erase(); !done)
      return done.error();
    found = at->next();
  }
  return false;
}

} // namespace apogee::store
