#include "store/log_tail.hpp"

#include "store/segment_files.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

namespace apogee::store {

namespace {

constexpr std::size_t chunk_bytes = 64u << 10;

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
  std::optional<std::uint64_t> out;
  for (const auto place : *places) {
    auto count = in.read(place, chunk);
    if (!count)
      return count.error();
    for (auto i = *count; i > 0; --i)
      if (chunk[i - 1] != std::byte{0}) {
        out = place + i;
        break;
      }
  }
  return out;
}

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
  auto out = end;
  for (const auto& segment : segments) {
    if (segment.end() < end)
      continue;
    auto opened = where.open(segment_name(segment.first));
    if (!opened)
      return opened.error();
    const auto from = end > segment.first ? end.value - segment.first.value : 0;
    auto data_end = find_data_end(**opened, from);
    if (!data_end)
      return data_end.error();
    if (*data_end)
      out.value = segment.first.value + **data_end;
  }
  return out;
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
