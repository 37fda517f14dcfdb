#include "actors/broker/pull_reply.hpp"

#include "messages/message_body.hpp"
#include "messages/record.hpp"
#include "messages/remoting/properties.hpp"

#include <capnp/orphan.h>

#include <cstring>
#include <span>
#include <string>
#include <utility>

namespace apogee::broker {

namespace {

using located = core::queue_tail::located;

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

/// True when everything was read, false when it would have blocked.
result<bool> read_records(const store::log_reader& log,
                          const std::vector<located>& records,
                          std::span<std::byte> out, read_mode mode) {
  for (std::size_t i = 0; i < records.size();) {
    const auto count = run_length(records, i);
    std::size_t bytes = 0;
    for (auto k = i; k < i + count; ++k)
      bytes += records[k].size_bytes;
    const auto part = out.first(bytes);
    if (mode == read_mode::recent_only) {
      if (!log.read_recent(records[i].position, part))
        return false;
    } else if (auto read = log.read(records[i].position, part); !read) {
      return read.error();
    }
    out = out.subspan(bytes);
    i += count;
  }
  return true;
}

result<void> check_records(const std::vector<located>& records,
                           std::span<const std::byte> bytes, read_mode mode) {
  for (const auto& place : records) {
    const auto one = bytes.first(place.size_bytes);
    // The receiver verifies checksums as well; here only what came from disk.
    const auto record = mode == read_mode::may_block
                          ? decode_record(one)
                          : decode_record_header(one);
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

void fill_ends(schema::PullReply::Builder reply, queue_offset next,
               queue_offset min_offset, queue_offset max_offset) {
  reply.setNextOffset(next.value);
  reply.setMinOffset(min_offset.value);
  reply.setMaxOffset(max_offset.value);
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
  kept_records kept{0, 0, read.next_offset};
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

} // namespace

result<std::optional<pull_answer>> make_pull_reply(const store::log_reader& log,
                                                   const pull_read& read,
                                                   read_mode mode) {
  std::size_t total = 0;
  for (const auto& record : read.records)
    total += record.size_bytes;
  result<bool> complete{true};
  kept_records kept{static_cast<std::uint32_t>(read.records.size()), total,
                    read.next_offset};
  auto reply = envelope<schema::PullReply>::build(
    [&](schema::PullReply::Builder b) {
      auto data =
        capnp::Orphanage::getForMessageContaining(b).newOrphan<capnp::Data>(
          static_cast<unsigned>(total));
      const auto bytes = bytes_of(data.get());
      complete = read_records(log, read.records, bytes, mode);
      if (complete && *complete)
        if (auto sound = check_records(read.records, bytes, mode); !sound)
          complete = sound.error();
      if (complete && *complete && read.filter)
        kept = keep_wanted(read, bytes);
      data.truncate(static_cast<unsigned>(kept.bytes));
      b.adoptRecords(std::move(data));
      b.setCount(kept.count);
      fill_ends(b, kept.next, read.min_offset, read.max_offset);
    },
    total / sizeof(std::uint64_t) + 16);
  if (!complete)
    return complete.error();
  if (!*complete)
    return std::optional<pull_answer>{};
  return std::optional{
    pull_answer{std::move(reply), kept.count, kept.bytes, kept.next}};
}

void count_pull(counters& counts, const core::queue_reader& reader,
                std::uint64_t messages, std::uint64_t bytes,
                queue_offset next) {
  counts.messages_pulled += messages;
  if (reader && messages == 0)
    ++counts.empty_pulls;
  reader.took(messages, bytes, next);
}

envelope<schema::PullReply> make_empty_pull_reply(queue_offset next,
                                                  queue_offset min_offset,
                                                  queue_offset max_offset) {
  return envelope<schema::PullReply>::build(
    [&](auto b) { fill_ends(b, next, min_offset, max_offset); }, 8);
}

} // namespace apogee::broker
