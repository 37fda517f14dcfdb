// What the log behind a position does not tell: see FORMAT.md, "The start".
//
// The state is that of the views, which are further on than the position; only
// where each queue goes on is told for the position itself. Replaying the log
// from there is right all the same: of each topic, group and offset the last
// record counts, and the replay passes all of them again, up to where the views
// were, before anybody sees the result.
#include "messages/checksum.hpp"
#include "store/views/keys.hpp"
#include "store/views/view_tables.hpp"
#include "store/views/views.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <utility>

namespace apogee::store {

namespace {

struct start_header {
  std::uint32_t checksum = 0;       // CRC32C of all bytes behind this field
  std::uint32_t magic = 0x54534741; // "AGST"
  std::uint32_t version = 1;
  std::uint32_t topic_id_next = 1;
  std::uint64_t position = 0;
  std::uint64_t last_epoch = 0;
  std::uint64_t size_bytes = 0; // of the whole
};

static_assert(sizeof(start_header) == 40);

/// Before each row's key and value. Tables are numbered as in
/// view_tables::copied, from 1; 0 holds where the queues go on.
struct row_header {
  std::uint16_t table = 0;
  std::uint16_t key_bytes = 0;
  std::uint32_t value_bytes = 0;
};

static_assert(sizeof(row_header) == 8);

struct row {
  std::uint16_t table = 0;
  lmdb::bytes key;
  lmdb::bytes value;
};

void append_row(std::vector<std::byte>& out, const row& x) {
  const row_header header{x.table, static_cast<std::uint16_t>(x.key.size()),
                          static_cast<std::uint32_t>(x.value.size())};
  for (const auto part : {value_bytes(header), x.key, x.value})
    out.insert(out.end(), part.begin(), part.end());
}

result<void> append_table(std::vector<std::byte>& out,
                          const lmdb::transaction& in, lmdb::table from,
                          std::uint16_t number) {
  auto at = in.open_cursor(from);
  if (!at)
    return at.error();
  for (auto found = at->first();; found = at->next()) {
    if (!found)
      return found.error();
    if (!*found)
      return {};
    append_row(out, {number, (*found)->key, (*found)->value});
  }
}

/// Where the queues go on; what is left of deleted topics is not told.
result<void> append_queues(std::vector<std::byte>& out,
                           const lmdb::transaction& in,
                           const view_tables& tables, log_position position) {
  auto state = read_state(in, tables.state);
  if (!state)
    return state.error();
  auto topics = tables.topics.live(in);
  if (!topics)
    return topics.error();
  std::set<topic_id> live;
  for (const auto& topic : *topics)
    live.insert(topic.id);
  auto begins = tables.queues.begins(in, position);
  if (!begins)
    return begins.error();
  for (const auto& [queue, offset] : *begins) {
    if (queue.topic.value < state->topic_id_next && !live.contains(queue.topic))
      continue;
    std::array<std::byte, 8> key;
    write_big_endian(key.data(), queue.topic.value);
    write_big_endian(key.data() + 4, queue.number);
    append_row(out, {0, key, value_bytes(offset.value)});
  }
  return {};
}

/// Highest epoch that began before `position`.
result<epoch> epoch_before(const lmdb::transaction& in,
                           const epochs_view& epochs, log_position position) {
  auto all = epochs.all(in);
  if (!all)
    return all.error();
  epoch out;
  for (const auto& x : *all)
    if (x.start < position)
      out = std::max(out, x.epoch);
  return out;
}

failure damaged(const std::string& what) {
  return {errc::corrupt, "it is damaged: " + what};
}

/// The next row of `rest`, which is taken off; `rest` must not be empty.
result<row> take_row(lmdb::bytes& rest) {
  if (rest.size() < sizeof(row_header))
    return damaged("a row is cut");
  const auto header = read_value<row_header>(rest.data());
  rest = rest.subspan(sizeof(row_header));
  if (rest.size() < std::size_t{header.key_bytes} + header.value_bytes)
    return damaged("a row is cut");
  const row out{header.table, rest.first(header.key_bytes),
                rest.subspan(header.key_bytes, header.value_bytes)};
  rest = rest.subspan(std::size_t{header.key_bytes} + header.value_bytes);
  return out;
}

result<void> put_row(lmdb::write_transaction& in, const view_tables& tables,
                     const row& x) {
  if (x.table > tables.copied.size())
    return damaged("there is no table " + std::to_string(x.table));
  if (x.table > 0)
    return in.put(tables.copied[x.table - 1u], x.key, x.value);
  if (x.key.size() != 8 || x.value.size() != 8)
    return damaged("a queue's row has another size");
  const queue_id queue{{read_big_endian<std::uint32_t>(x.key.data())},
                       read_big_endian<std::uint32_t>(x.key.data() + 4)};
  return tables.queues.start_at(in, queue,
                                {read_value<std::uint64_t>(x.value.data())});
}

result<start_header> check_header(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(start_header))
    return damaged("it has " + std::to_string(bytes.size()) + " bytes");
  const auto header = read_value<start_header>(bytes.data());
  if (header.magic != start_header{}.magic)
    return damaged("it does not begin as such a file does");
  if (header.version != start_header{}.version)
    return {errc::version_mismatch, "it has version "
                                      + std::to_string(header.version)
                                      + ", this program knows version 1"};
  if (header.size_bytes != bytes.size()
      || crc32c(bytes.subspan(sizeof(header.checksum))) != header.checksum)
    return damaged("its checksum does not match its bytes");
  return header;
}

} // namespace

result<std::vector<std::byte>> views::start_state(log_position position) const {
  auto in = environment_->read();
  if (!in)
    return in.error();
  auto state = read_state(*in, tables_->state);
  if (!state)
    return state.error();
  APOGEE_CHECK(position.value <= state->applied);
  auto last_epoch = epoch_before(*in, tables_->epochs, position);
  if (!last_epoch)
    return last_epoch.error();
  std::vector<std::byte> out(sizeof(start_header));
  std::uint16_t number = 0;
  for (const auto table : tables_->copied)
    if (auto done = append_table(out, *in, table, ++number); !done)
      return done.error();
  if (auto done = append_queues(out, *in, *tables_, position); !done)
    return done.error();
  start_header header;
  header.topic_id_next = state->topic_id_next;
  header.position = position.value;
  header.last_epoch = last_epoch->value;
  header.size_bytes = out.size();
  std::memcpy(out.data(), &header, sizeof(header));
  header.checksum =
    crc32c(std::span{std::as_const(out)}.subspan(sizeof(header.checksum)));
  std::memcpy(out.data(), &header.checksum, sizeof(header.checksum));
  return out;
}

result<void> views::restore(std::span<const std::byte> start_state,
                            log_position log_start) {
  APOGEE_CHECK(applied().value == 0);
  auto header = check_header(start_state);
  if (!header)
    return header.error();
  if (header->position < log_start.value)
    return {errc::corrupt, "it is too old: it is of position "
                             + std::to_string(header->position)};
  const view_state state{header->position, header->last_epoch,
                         header->topic_id_next, views_format};
  auto committed = environment_->update([&](lmdb::write_transaction& in) {
    for (auto rest = start_state.subspan(sizeof(start_header));
         !rest.empty();) {
      auto next = take_row(rest);
      if (!next)
        return result<void>{next.error()};
      if (auto done = put_row(in, *tables_, *next); !done)
        return done;
    }
    return in.put(tables_->state, state_key, value_bytes(state));
  });
  return committed ? load() : committed;
}

} // namespace apogee::store
