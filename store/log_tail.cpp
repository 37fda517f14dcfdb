#include "store/log_tail.hpp"

#include "messages/record.hpp"
#include "store/segment_files.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

namespace apogee::store {

namespace {

constexpr std::size_t chunk_bytes = 64u << 10;
constexpr std::size_t scan_chunk_bytes = 1u << 20;

/// Where to look for bytes that are not 0, from `from` on, a chunk at each.
result<std::vector<std::uint64_t>> find_data(const file& in,
                                             std::uint64_t from) {
  const auto size = in.size();
  if (!size)
    return size.error();
  std::vector<std::uint64_t> places;
  while (from < *size) {
    const auto data = in.next_data(from);
    if (!data)
      return data.error();
    if (!*data)
      break;
    places.push_back(std::max(from, **data));
    from = places.back() + chunk_bytes;
  }
  return places;
}

/// Byte behind the last one of the file that is not 0, from `from` on.
result<std::optional<std::uint64_t>> find_data_end(const file& in,
                                                   std::uint64_t from) {
  // All places are asked for before one is read: reading fills the page cache,
  // also behind what was wanted, and cached pages count as data. Asked in turns
  // a preallocated file would be read to its end.
  auto places = find_data(in, from);
  if (!places)
    return places.error();
  std::vector<std::byte> chunk(chunk_bytes);
  for (auto place = places->rbegin(); place != places->rend(); ++place) {
    auto count = in.read(*place, chunk);
    if (!count)
      return count.error();
    for (auto i = *count; i > 0; --i)
      if (chunk[i - 1] != std::byte{0})
        return std::optional{*place + i};
  }
  return std::optional<std::uint64_t>{};
}

/// A header for this position at the start of `bytes`; its checksum was not
/// looked at.
std::optional<record_view> header_at(std::span<const std::byte> bytes,
                                     log_position position) {
  // The magic first: there are many places and few records.
  if (bytes[8] != std::byte{'A'} || bytes[9] != std::byte{'G'})
    return std::nullopt;
  auto header = decode_record_header(bytes);
  if (!header || header->position != position)
    return std::nullopt;
  return *header;
}

/// Whether the record of a header is sound.
result<bool> is_sound(const log_reader& log, const record_view& header,
                      log_position segment_end) {
  if (header.size_bytes > segment_end.value - header.position.value)
    return false;
  const auto is_filler = header.fields.type == record_type::filler;
  std::vector<std::byte> bytes(is_filler ? record_header_bytes
                                         : std::size_t{header.size_bytes});
  if (auto done = log.read(header.position, bytes); !done)
    return done.error();
  return decode_record(bytes).has_value();
}

/// What the sound records behind the end of the log, seen in their order, show.
class flush_evidence {
public:
  /// `segment_end` is that of the segment in which the log ends.
  explicit flush_evidence(log_position segment_end)
    : segment_end_(segment_end) {}

  /// Whether the record shows, if it is sound, that the end was flushed.
  bool is_proof(const record_view& record) const {
    // A start begins with this record, when all before is flushed. All but the
    // filler that it may write to get into a new segment.
    if (record.fields.type == record_type::epoch_start)
      return is_any_found_ || record.position != segment_end_;
    // What was idle is written to late: only records behind the end count.
    const auto time_ms = record.fields.store_time_ms;
    return first_ms_ && time_ms > *first_ms_
           && static_cast<std::uint64_t>(time_ms)
                  - static_cast<std::uint64_t>(*first_ms_)
                > std::uint64_t{flushed_within_ms};
  }

  /// Whether add() of such a record changes anything.
  bool is_news(const record_view& record) const {
    return !is_any_found_
           || (!first_ms_ && record.fields.type != record_type::filler);
  }

  /// Takes note of a sound record.
  void add(const record_view& record) {
    is_any_found_ = true;
    if (!first_ms_ && record.fields.type != record_type::filler)
      first_ms_ = record.fields.store_time_ms;
  }

private:
  log_position segment_end_;
  bool is_any_found_ = false;
  std::optional<std::int64_t> first_ms_;
};

/// Copies the bytes of the log from `position` on to `out`.
result<void> copy(directory& where, const std::vector<found_segment>& segments,
                  log_position position, std::uint64_t size_bytes, file& out) {
  std::vector<std::byte> chunk(chunk_bytes);
  std::uint64_t written = 0;
  for (const auto& segment : segments) {
    if (segment.end() <= position)
      continue;
    auto opened = where.open(segment_name(segment.first));
    if (!opened)
      return opened.error();
    while (written < size_bytes && position < segment.end()) {
      const auto wanted =
        std::min({size_bytes - written, segment.end().value - position.value,
                  std::uint64_t{chunk_bytes}});
      const auto part = std::span{chunk}.first(wanted);
      auto count = (*opened)->read(position.value - segment.first.value, part);
      if (!count)
        return count.error();
      if (auto done = out.write(written, part.first(*count)); !done)
        return done;
      written += wanted;
      position.value += wanted;
    }
  }
  return {};
}

} // namespace

result<log_position> find_tail_end(directory& where,
                                   const std::vector<found_segment>& segments,
                                   log_position end) {
  for (auto segment = segments.rbegin(); segment != segments.rend();
       ++segment) {
    if (segment->end() < end)
      break;
    auto opened = where.open(segment_name(segment->first));
    if (!opened)
      return opened.error();
    const auto from =
      end > segment->first ? end.value - segment->first.value : 0;
    auto data_end = find_data_end(**opened, from);
    if (!data_end)
      return data_end.error();
    if (*data_end)
      return log_position{segment->first.value + **data_end};
  }
  return end;
}

result<std::optional<log_position>> find_later_record(const log_reader& log,
                                                      log_position end,
                                                      log_position tail_end) {
  constexpr std::uint64_t step = record_alignment_bytes;
  std::optional<flush_evidence> evidence;
  std::vector<std::byte> chunk(scan_chunk_bytes);
  for (auto at = end; at < tail_end;) {
    const auto where = log.locate(at);
    if (!where)
      return where.error();
    if (!evidence)
      evidence.emplace(where->segment_end);
    const auto left = where->segment_end.value - at.value;
    if (left < record_header_bytes) {
      at = where->segment_end;
      continue;
    }
    const auto part =
      std::span{chunk}.first(std::min<std::uint64_t>(left, chunk.size()));
    if (auto done = log.read(at, part); !done)
      return done.error();
    std::uint64_t i = 0;
    for (; i + record_header_bytes <= part.size(); i += step) {
      const auto header = header_at(part.subspan(i), {at.value + i});
      if (!header
          || !(evidence->is_proof(*header) || evidence->is_news(*header)))
        continue;
      const auto sound = is_sound(log, *header, where->segment_end);
      if (!sound)
        return sound.error();
      if (!*sound)
        continue;
      if (evidence->is_proof(*header))
        return std::optional{header->position};
      evidence->add(*header);
    }
    at.value += i;
  }
  return std::optional<log_position>{};
}

/// The name appears only once the bytes are safe: a recovery that dies half-way
/// and is repeated, when parts of the tail are already wiped, then does not
/// replace the better copy.
result<std::string> save_tail(directory& where,
                              const std::vector<found_segment>& segments,
                              log_position end, log_position tail_end) {
  const auto name = "cut-" + std::to_string(end.value) + ".bin";
  const auto path = where.path() + "/" + name;
  const auto size = std::min(tail_end.value - end.value, cut_file_bytes_max);
  if (auto present = where.open(name)) {
    auto present_size = (*present)->size();
    if (present_size && *present_size >= size)
      return path;
  }
  auto created = where.create(name + ".part");
  if (!created)
    return created.error();
  if (auto done = copy(where, segments, end, size, **created); !done)
    return done.error();
  if (auto done = (*created)->flush(); !done)
    return done.error();
  if (auto done = where.rename(name + ".part", name); !done)
    return done.error();
  if (auto done = where.sync(); !done)
    return done.error();
  return path;
}

} // namespace apogee::store
