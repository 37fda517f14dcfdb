#include "store/log_cursor.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace apogee::store {

namespace {

constexpr std::size_t chunk_bytes = 256u << 10;

failure at_position(errc code, log_position position, std::string text) {
  return {code, "at position " + std::to_string(position.value) + ": "
                  + std::move(text)};
}

} // namespace

log_cursor::log_cursor(std::shared_ptr<log_reader> reader, log_position from,
                       log_position limit)
  : log_cursor(std::move(reader), from, limit, options{}) {}

log_cursor::log_cursor(std::shared_ptr<log_reader> reader, log_position from,
                       log_position limit, options how)
  : reader_(std::move(reader)), position_(from), limit_(limit), options_(how) {}

void log_cursor::extend(log_position limit) {
  limit_ = std::max(limit_, limit);
}

result<std::optional<record_view>> log_cursor::next() {
  while (position_ < limit_) {
    if (!segment_ || position_ >= segment_->segment_end) {
      auto located = reader_->locate(position_);
      if (!located)
        return located.error();
      segment_ = std::move(*located);
    }
    const auto segment_end = segment_->segment_end;
    if (segment_end.value - position_.value < record_header_bytes) {
      position_ = std::min(segment_end, limit_);
      continue;
    }
    auto record = read_record(segment_end);
    if (!record)
      return record.error();
    options_.last_epoch = record->fields.epoch;
    position_.value += record->size_bytes;
    if (record->fields.type != record_type::filler)
      return std::optional{*record};
  }
  return std::optional<record_view>{};
}

result<record_view> log_cursor::read_record(log_position segment_end) {
  if (auto done = buffer(record_header_bytes, segment_end); !done)
    return done.error();
  auto header = decode_record_header(buffered());
  if (!header)
    return at_position(header.error().code, position_, header.error().text);
  if (header->position != position_)
    return at_position(errc::malformed, position_,
                       "the record there was written for position "
                         + std::to_string(header->position.value));
  if (header->fields.epoch < options_.last_epoch)
    return at_position(errc::malformed, position_,
                       "the record there is of epoch "
                         + std::to_string(header->fields.epoch.value)
                         + ", older than what stands before it (epoch "
                         + std::to_string(options_.last_epoch.value) + ")");
  const auto is_filler = header->fields.type == record_type::filler;
  const auto left = segment_end.value - position_.value;
  if (header->size_bytes > left || (is_filler && header->size_bytes != left))
    return at_position(
      errc::malformed, position_,
      "the record there has " + std::to_string(header->size_bytes)
        + " bytes, its segment has " + std::to_string(left) + " left");
  const auto wanted =
    is_filler ? record_header_bytes : std::size_t{header->size_bytes};
  if (auto done = buffer(wanted, segment_end); !done)
    return done.error();
  if (options_.verify_checksum) {
    auto record = decode_record(buffered());
    if (!record)
      return at_position(record.error().code, position_, record.error().text);
    return record;
  }
  header->body =
    buffered().subspan(record_header_bytes, wanted - record_header_bytes);
  return header;
}

std::span<const std::byte> log_cursor::buffered() const {
  const auto skip =
    static_cast<std::size_t>(position_.value - buffer_first_.value);
  return {buffer_.get() + skip, buffer_size_ - skip};
}

/// Makes sure that `size_bytes` from the present position on are in memory.
/// Never reads behind the limit: what stands there may not be written yet.
result<void> log_cursor::buffer(std::uint64_t size_bytes,
                                log_position segment_end) {
  const auto buffer_end = buffer_first_.value + buffer_size_;
  if (position_ >= buffer_first_ && position_.value + size_bytes <= buffer_end)
    return {};
  const auto readable = std::min(limit_, segment_end).value - position_.value;
  if (size_bytes > readable)
    return at_position(errc::malformed, position_,
                       "the record there does not end before the log does");
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(
    readable, std::max<std::uint64_t>(size_bytes, chunk_bytes)));
  if (wanted > buffer_capacity_) {
    buffer_ = std::make_unique_for_overwrite<std::byte[]>(wanted);
    buffer_capacity_ = wanted;
    buffer_size_ = 0;
  }
  // The rest of the old buffer is read once more: it is a few per cent, and the
  // position, which is a multiple of 8, then always starts the buffer, which
  // aligns every body.
  if (auto done = reader_->read(position_, {buffer_.get(), wanted}); !done) {
    buffer_size_ = 0;
    return done;
  }
  buffer_first_ = position_;
  buffer_size_ = wanted;
  return {};
}

} // namespace apogee::store
