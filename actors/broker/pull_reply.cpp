#include "actors/broker/pull_reply.hpp"

#include "messages/record.hpp"

#include <span>
#include <string>

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

} // namespace

result<std::optional<envelope<schema::PullReply>>>
make_pull_reply(const store::log_reader& log,
                const std::vector<located>& records, queue_offset next_offset,
                queue_offset min_offset, queue_offset max_offset,
                read_mode mode) {
  std::size_t total = 0;
  for (const auto& record : records)
    total += record.size_bytes;
  result<bool> complete{true};
  auto reply = envelope<schema::PullReply>::build(
    [&](schema::PullReply::Builder b) {
      fill_ends(b, next_offset, min_offset, max_offset);
      b.setCount(static_cast<std::uint32_t>(records.size()));
      const auto bytes = bytes_of(b.initRecords(static_cast<unsigned>(total)));
      complete = read_records(log, records, bytes, mode);
      if (complete && *complete)
        if (auto sound = check_records(records, bytes, mode); !sound)
          complete = sound.error();
    },
    total / sizeof(std::uint64_t) + 16);
  if (!complete)
    return complete.error();
  if (!*complete)
    return std::optional<envelope<schema::PullReply>>{};
  return std::optional{std::move(reply)};
}

envelope<schema::PullReply> make_empty_pull_reply(queue_offset next,
                                                  queue_offset min_offset,
                                                  queue_offset max_offset) {
  return envelope<schema::PullReply>::build(
    [&](auto b) { fill_ends(b, next, min_offset, max_offset); }, 8);
}

} // namespace apogee::broker
