#include "store/log_reader.hpp"

#include <algorithm>
#include <utility>

namespace apogee::store {

namespace {

/// The part of `out` that lies in the located segment.
std::span<std::byte> part_in(const located_position& where,
                             log_position position, std::span<std::byte> out) {
  const auto left = where.segment_end.value - position.value;
  return out.first(
    static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size())));
}

/// Calls `read` with the part of `out` that lies in each segment, as long as it
/// returns true, and returns what the last call did.
template <class Read>
result<bool> each_part(segment_files& segments, log_position position,
                       std::span<std::byte> out, Read&& read) {
  while (!out.empty()) {
    const auto where = segments.locate(position);
    if (!where)
      return where.error();
    const auto part = part_in(*where, position, out);
    const auto done = read(*where, part);
    if (!done || !*done)
      return done;
    out = out.subspan(part.size());
    position.value += part.size();
  }
  return true;
}

} // namespace

log_reader::log_reader(std::shared_ptr<segment_files> segments,
                       std::shared_ptr<const recent_log> recent)
  : segments_(std::move(segments)), recent_(std::move(recent)) {}

result<void> log_reader::read(log_position position,
                              std::span<std::byte> out) const {
  const auto done = each_part(
    *segments_, position, out,
    [](const located_position& where,
       std::span<std::byte> part) -> result<bool> {
      auto count = where.file->read(where.at, part);
      if (!count)
        return count.error();
      if (*count < part.size())
        return {errc::corrupt, where.file->path() + " ends at byte "
                                 + std::to_string(where.at + *count)
                                 + " but should go on; restore it from a copy"};
      return true;
    });
  if (!done)
    return done.error();
  return {};
}

bool log_reader::read_cached(log_position position,
                             std::span<std::byte> out) const {
  const auto done = each_part(*segments_, position, out,
                              [](const located_position& where,
                                 std::span<std::byte> part) -> result<bool> {
                                return where.file->read_cached(where.at, part);
                              });
  return done && *done;
}

void log_reader::prefetch(log_position position, log_position end) const {
  position = std::max(position, segments_->start());
  while (position < end) {
    const auto where = segments_->locate(position);
    if (!where)
      return;
    const auto part_end = std::min(where->segment_end, end);
    where->file->prefetch(where->at, part_end.value - position.value);
    position = part_end;
  }
}

result<located_position> log_reader::locate(log_position position) const {
  return segments_->locate(position);
}

log_position log_reader::start() const {
  return segments_->start();
}

} // namespace apogee::store
