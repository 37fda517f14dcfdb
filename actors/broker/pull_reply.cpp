#include "actors/broker/pull_reply.hpp"

#include "messages/client.capnp.h"
#include "messages/envelope.hpp"
#include "messages/remoting/properties.hpp"

#include <capnp/orphan.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

namespace apogee::broker {

namespace {

using located = core::queue_tail::located;

/// More than a message mostly takes in its form than in the log.
constexpr std::size_t form_bytes = 256;

std::span<std::byte> bytes_of(capnp::Data::Builder data) {
  return {reinterpret_cast<std::byte*>(data.begin()), data.size()};
}

/// Records that stand next to each other in the log, read at once.
std::size_t run_length(const std::vector<located>& records, std::size_t from) {
  auto end = from + 1;
  while (end < records.size()
         && records[end].position.value
              == records[end - 1].position.value + records[end - 1].size_bytes)
    ++end;
  return end - from;
}

/// False when it is not there.
result<bool> read_run(const store::log_reader& log, log_position position,
                      std::span<std::byte> out, read_mode mode) {
  switch (mode) {
  case read_mode::recent:
    return log.read_recent(position, out);
  case read_mode::memory:
    return log.read_recent(position, out) || log.read_cached(position, out);
  case read_mode::disk:
    break;
  }
  if (auto read = log.read(position, out); !read)
    return read.error();
  return true;
}

/// False when not all of them are there.
result<bool> read_records(const store::log_reader& log,
                          const std::vector<located>& records,
                          std::span<std::byte> out, read_mode mode) {
  for (std::size_t i = 0; i < records.size();) {
    const auto count = run_length(records, i);
    std::size_t bytes = 0;
    for (auto k = i; k < i + count; ++k)
      bytes += records[k].size_bytes;
    const auto part = out.first(bytes);
    const auto is_read = read_run(log, records[i].position, part, mode);
    if (!is_read || !*is_read)
      return is_read;
    out = out.subspan(bytes);
    i += count;
  }
  return true;
}

result<void> check_records(const std::vector<located>& records,
                           std::span<const std::byte> bytes, read_mode mode) {
  for (const auto& place : records) {
    const auto one = bytes.first(place.size_bytes);
    // The receiver verifies checksums as well; here only what came from files.
    const auto record = mode == read_mode::recent ? decode_record_header(one)
                                                  : decode_record(one);
    if (!record || record->position != place.position
        || record->fields.offset != place.offset)
      return {errc::corrupt,
              "the log is damaged at position "
                + std::to_string(place.position.value) + ", queue offset "
                + std::to_string(place.offset.value)
                + ": restore the file from a copy, or go on behind it with "
                  "'apogee group reset'"};
    bytes = bytes.subspan(place.size_bytes);
  }
  return {};
}

void fill_ends(schema::PullReply::Builder reply, const pull_ends& ends) {
  reply.setNextOffset(ends.next.value);
  reply.setMinOffset(ends.min.value);
  reply.setMaxOffset(ends.max.value);
}

bool is_wanted(const core::subscription_filter& filter,
               std::span<const std::byte> record) {
  const auto message = decode_message(record.subspan(record_header_bytes));
  return message && filter.matches([&](std::string_view name) {
    return remoting::find_property(message->properties, name);
  });
}

/// The records that go into an answer, at the front of what was read.
struct kept_records {
  std::uint32_t count = 0;
  std::size_t bytes = 0;
  queue_offset next;
};

/// Moves the wanted ones of `all` to the front, as many as fit.
kept_records keep_wanted(const pull_read& read, std::span<std::byte> all) {
  kept_records kept{0, 0, read.ends.next};
  std::size_t begin = 0;
  for (const auto& place : read.records) {
    const auto record = all.subspan(begin, place.size_bytes);
    begin += place.size_bytes;
    if (!is_wanted(*read.filter, record))
      continue;
    const auto is_full = kept.count >= read.count_max
                         || kept.bytes + record.size() > read.bytes_max;
    if (is_full && kept.count > 0) {
      kept.next = place.offset;
      break;
    }
    std::memmove(all.data() + kept.bytes, record.data(), record.size());
    kept.bytes += record.size();
    ++kept.count;
  }
  return kept;
}

/// Fills `out`, which has room for all of them; nothing when not all of them
/// are there.
result<std::optional<kept_records>> read_wanted(const store::log_reader& log,
                                                const pull_read& read,
                                                read_mode mode,
                                                std::span<std::byte> out) {
  const auto complete = read_records(log, read.records, out, mode);
  if (!complete)
    return complete.error();
  if (!*complete)
    return std::optional<kept_records>{};
  if (auto sound = check_records(read.records, out, mode); !sound)
    return sound.error();
  if (read.filter)
    return std::optional{keep_wanted(read, out)};
  return std::optional{
    kept_records{static_cast<std::uint32_t>(read.records.size()), out.size(),
                 read.ends.next}};
}

pull_answer make_answer(caf::message reply, std::uint64_t held_bytes,
                        const kept_records& kept) {
  return {std::move(reply), held_bytes, kept.count, kept.bytes, kept.next};
}

result<std::optional<pull_answer>>
make_formed_reply(const store::log_reader& log, const pull_read& read,
                  read_mode mode) {
  const auto total = size_of(read.records);
  const auto raw = std::make_unique_for_overwrite<std::byte[]>(total);
  const auto kept = read_wanted(log, read, mode, {raw.get(), total});
  if (!kept)
    return kept.error();
  if (!*kept)
    return std::optional<pull_answer>{};
  formed_messages out;
  out.count = (*kept)->count;
  out.ends = {(*kept)->next, read.ends.min, read.ends.max};
  out.bytes.reserve((*kept)->bytes + out.count * form_bytes);
  for_each_record({raw.get(), (*kept)->bytes},
                  [&](const record_view& record, const message_view& message) {
                    read.form->append(out.bytes, record, message);
                  });
  const auto held_bytes = out.bytes.capacity();
  return std::optional{
    make_answer(caf::make_message(std::move(out)), held_bytes, **kept)};
}

} // namespace

result<std::optional<pull_answer>> make_pull_reply(const store::log_reader& log,
                                                   const pull_read& read,
                                                   read_mode mode) {
  if (read.form)
    return make_formed_reply(log, read, mode);
  const auto total = size_of(read.records);
  result<std::optional<kept_records>> kept{std::optional<kept_records>{}};
  auto reply = envelope<schema::PullReply>::build(
    [&](schema::PullReply::Builder b) {
      auto data =
        capnp::Orphanage::getForMessageContaining(b).newOrphan<capnp::Data>(
          static_cast<unsigned>(total));
      kept = read_wanted(log, read, mode, bytes_of(data.get()));
      if (!kept || !*kept)
        return;
      data.truncate(static_cast<unsigned>((*kept)->bytes));
      b.adoptRecords(std::move(data));
      b.setCount((*kept)->count);
      fill_ends(b, {(*kept)->next, read.ends.min, read.ends.max});
    },
    total / sizeof(std::uint64_t) + 16);
  if (!kept)
    return kept.error();
  if (!*kept)
    return std::optional<pull_answer>{};
  const auto held_bytes = reply.size_bytes();
  return std::optional{
    make_answer(caf::make_message(std::move(reply)), held_bytes, **kept)};
}

std::uint64_t size_of(const std::vector<located>& records) {
  std::uint64_t bytes = 0;
  for (const auto& record : records)
    bytes += record.size_bytes;
  return bytes;
}

std::uint64_t held_bytes_of(const pull_read& read) {
  const auto count = std::min<std::size_t>(read.records.size(), read.count_max);
  return size_of(read.records) + (read.form ? count * form_bytes : 0);
}

void count_pull(counters& counts, const core::queue_reader& reader,
                std::uint64_t messages, std::uint64_t bytes,
                queue_offset next) {
  counts.messages_pulled += messages;
  if (reader && messages == 0)
    ++counts.empty_pulls;
  reader.took(messages, bytes, next);
}

caf::message make_empty_pull_reply(const message_form* form,
                                   const pull_ends& ends) {
  if (form != nullptr)
    return caf::make_message(formed_messages{{}, 0, ends});
  return caf::make_message(
    envelope<schema::PullReply>::build([&](auto b) { fill_ends(b, ends); }, 8));
}

void for_each_record(
  std::span<const std::byte> records,
  const std::function<void(const record_view&, const message_view&)>& use) {
  while (!records.empty()) {
    const auto record = decode_record_header(records);
    APOGEE_CHECK(record.has_value());
    const auto message = decode_message(records.subspan(
      record_header_bytes, record->size_bytes - record_header_bytes));
    APOGEE_CHECK(message.has_value()); // it was checked when it came
    use(*record, *message);
    records = records.subspan(record->size_bytes);
  }
}

} // namespace apogee::broker
