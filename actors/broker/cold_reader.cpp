#include "actors/broker/cold_reader.hpp"

#include "actors/answer.hpp"
#include "actors/broker/messages.hpp"
#include "actors/broker/pull_reply.hpp"
#include "messages/record.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace apogee::broker {

failure no_message_at(log_position position) {
  return {errc::not_found, "no message stands at position "
                             + std::to_string(position.value)
                             + " of the log: it never did, or it was deleted"};
}

namespace {

/// Like views::offset_at_time(), among messages that are all in the log.
result<queue_offset>
offset_at_time(const std::vector<core::queue_tail::located>& records,
               std::int64_t store_time_ms, queue_offset end,
               const store::log_reader& log) {
  std::size_t low = 0;
  auto high = records.size();
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    std::array<std::byte, record_header_bytes> header;
    if (auto done = log.read(records[middle].position, header); !done)
      return done.error();
    const auto record = decode_record_header(header);
    if (!record)
      return record.error();
    if (record->fields.store_time_ms < store_time_ms)
      low = middle + 1;
    else
      high = middle;
  }
  return low < records.size() ? records[low].offset : end;
}

/// What the header there says, if it is one: the position may be anybody's.
result<located_record> locate(const store::log_reader& log,
                              log_position position, log_position written) {
  if (position.value % record_alignment_bytes != 0 || position < log.start()
      || position.value > written.value
      || written.value - position.value < record_header_bytes)
    return no_message_at(position);
  std::array<std::byte, record_header_bytes> header{};
  if (auto read = log.read(position, header); !read)
    return read.error();
  const auto record = decode_record_header(header);
  if (!record || record->position != position
      || record->fields.type != record_type::message)
    return no_message_at(position);
  return located_record{position, record->fields.queue, record->fields.offset};
}

result<std::int64_t> oldest_time_ms(const store::log_reader& log,
                                    log_position written) {
  const auto start = log.start();
  if (written.value < start.value + record_header_bytes)
    return -1;
  std::array<std::byte, record_header_bytes> header{};
  if (auto read = log.read(start, header); !read)
    return read.error();
  const auto record = decode_record_header(header);
  if (!record)
    return record.error();
  return record->fields.store_time_ms;
}

} // namespace

caf::behavior cold_reader(caf::event_based_actor* self, context_ptr shared,
                          std::shared_ptr<const store::log_reader> log) {
  return {
    [self, shared, log](const pull_read& read) {
      answer reply{self->make_response_promise()};
      const auto first = read.records.front().position;
      if (const auto next = shared->ahead->before(
            first, {shared->counts->written.load()}, self->clock().now())) {
        // What this one needs comes first, then what others behind it may.
        log->prefetch(std::max(first, next->begin), next->end);
        log->prefetch(next->begin, first);
      }
      auto made = make_pull_reply(*log, read, read_mode::disk);
      if (!made) {
        reply.refuse(made.error());
        return;
      }
      count_pull(*shared->counts, read.reader, (*made)->count, (*made)->bytes,
                 (*made)->next);
      reply.give(std::move((*made)->reply));
    },
    [self, shared, log](const record_search& search) {
      answer reply{self->make_response_promise()};
      const auto found =
        locate(*log, search.position, {shared->counts->written.load()});
      if (found)
        reply.delegate(search.dispatcher, *found);
      else
        reply.refuse(found.error());
    },
    [shared, log](const find_oldest_time&) -> caf::result<std::int64_t> {
      const auto time = oldest_time_ms(*log, {shared->counts->written.load()});
      if (!time)
        return make_error(time.error());
      return *time;
    },
    [shared, log](const time_search& search)
      -> caf::result<envelope<schema::OffsetAnswer>> {
      auto found = shared->views->offset_at_time(
        search.queue, search.store_time_ms, *log, log->start());
      // All that the views surely have is older.
      if (found && !search.recent.empty()
          && *found >= search.recent.front().offset)
        found = offset_at_time(search.recent, search.store_time_ms,
                               search.max_offset, *log);
      if (!found)
        return make_error(found.error());
      return envelope<schema::OffsetAnswer>::build([&](auto b) {
        b.setMinOffset(search.min_offset.value);
        b.setMaxOffset(search.max_offset.value);
        b.setAtTime(
          std::clamp(*found, search.min_offset, search.max_offset).value);
      });
    },
  };
}

} // namespace apogee::broker
