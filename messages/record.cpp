#include "messages/record.hpp"

#include "messages/checksum.hpp"

#include <bit>
#include <cstring>
#include <string>

namespace apogee {

namespace {

// The header is written as the machine's own integers.
static_assert(std::endian::native == std::endian::little);

constexpr std::uint16_t magic = 0x4741; // "AG"
constexpr std::uint8_t version = 1;

/// The 64 bytes as they stand on disk; see store/FORMAT.md.
struct header {
  std::uint32_t checksum; // CRC32C of all bytes behind this field
  std::uint32_t size_bytes;
  std::uint16_t magic;
  std::uint8_t version;
  std::uint8_t type;
  std::uint32_t flags; // bits 0-2: ack level
  std::uint64_t position;
  std::uint64_t epoch;
  std::uint64_t queue_offset;
  std::int64_t store_time_ms;
  std::uint32_t topic_id;
  std::uint32_t queue_number;
  std::uint32_t tag_hash;
  std::uint32_t reserved;
};

static_assert(sizeof(header) == record_header_bytes);

constexpr std::uint32_t ack_mask = 0x7;

header make_header(const record_fields& fields, log_position position,
                   std::uint32_t size_bytes) {
  header h{};
  h.size_bytes = size_bytes;
  h.magic = magic;
  h.version = version;
  h.type = static_cast<std::uint8_t>(fields.type);
  h.flags = static_cast<std::uint32_t>(fields.ack) & ack_mask;
  h.position = position.value;
  h.epoch = fields.epoch.value;
  h.queue_offset = fields.offset.value;
  h.store_time_ms = fields.store_time_ms;
  h.topic_id = fields.queue.topic.value;
  h.queue_number = fields.queue.number;
  h.tag_hash = fields.tag_hash;
  return h;
}

/// Sets the checksum of a record whose other bytes are complete.
void seal(std::span<std::byte> record) {
  const auto checksum = crc32c(record.subspan(sizeof(header::checksum)));
  std::memcpy(record.data(), &checksum, sizeof(checksum));
}

} // namespace

void encode_record(const record_fields& fields, log_position position,
                   std::span<const std::byte> body, std::span<std::byte> out) {
  const auto size = record_size(body.size());
  APOGEE_CHECK(out.size() == size && size <= record_size_bytes_max);
  const auto h =
    make_header(fields, position, static_cast<std::uint32_t>(size));
  std::memcpy(out.data(), &h, sizeof(h));
  auto* body_out = out.data() + record_header_bytes;
  if (!body.empty() && body.data() != body_out)
    std::memmove(body_out, body.data(), body.size());
  std::memset(body_out + body.size(), 0,
              size - record_header_bytes - body.size());
  seal(out);
}

void encode_filler(log_position position, apogee::epoch epoch,
                   std::uint32_t size_bytes,
                   std::span<std::byte, record_header_bytes> out) {
  record_fields fields;
  fields.type = record_type::filler;
  fields.epoch = epoch;
  const auto h = make_header(fields, position, size_bytes);
  std::memcpy(out.data(), &h, sizeof(h));
  seal(out);
}

result<record_view> decode_record_header(std::span<const std::byte> bytes) {
  if (bytes.size() < record_header_bytes)
    return {errc::malformed, "a record header takes 64 bytes, there are "
                               + std::to_string(bytes.size())};
  header h;
  std::memcpy(&h, bytes.data(), sizeof(h));
  if (h.magic != magic)
    return {errc::malformed, "no record starts here"};
  if (h.version != version)
    return {errc::malformed, "a record of format version "
                               + std::to_string(h.version) + ", known is "
                               + std::to_string(version)};
  if (h.size_bytes < record_header_bytes
      || h.size_bytes % record_alignment_bytes != 0
      || (h.size_bytes > record_size_bytes_max
          && h.type != static_cast<std::uint8_t>(record_type::filler)))
    return {errc::malformed,
            "a record cannot have " + std::to_string(h.size_bytes) + " bytes"};
  record_view view;
  view.fields.type = static_cast<record_type>(h.type);
  view.fields.ack = static_cast<ack_level>(h.flags & ack_mask);
  view.fields.tag_hash = h.tag_hash;
  view.fields.store_time_ms = h.store_time_ms;
  view.fields.epoch = {h.epoch};
  view.fields.queue = {{h.topic_id}, h.queue_number};
  view.fields.offset = {h.queue_offset};
  view.position = {h.position};
  view.size_bytes = h.size_bytes;
  return view;
}

result<record_view> decode_record(std::span<const std::byte> bytes) {
  auto view = decode_record_header(bytes);
  if (!view)
    return view;
  // A filler's body is not written, only its header is.
  const auto covered = view->fields.type == record_type::filler
                         ? record_header_bytes
                         : std::size_t{view->size_bytes};
  if (bytes.size() < covered)
    return {errc::malformed, "a record of " + std::to_string(view->size_bytes)
                               + " bytes is cut after "
                               + std::to_string(bytes.size())};
  std::uint32_t expected = 0;
  std::memcpy(&expected, bytes.data(), sizeof(expected));
  if (crc32c(bytes.subspan(sizeof(expected), covered - sizeof(expected)))
      != expected)
    return {errc::corrupt, "the record's checksum does not match its bytes"};
  view->body =
    bytes.subspan(record_header_bytes, covered - record_header_bytes);
  return view;
}

namespace {

/// Next code point of `text` from `at` on. A byte that starts none is taken as
/// U+FFFD, as Java's decoder does; the bytes that follow a start are not
/// checked, so that the hash of a tag that is no UTF-8 may be another than
/// Java's.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const auto lead = byte(at);
  const unsigned length = lead < 0x80             ? 1
                          : (lead & 0xe0) == 0xc0 ? 2
                          : (lead & 0xf0) == 0xe0 ? 3
                          : (lead & 0xf8) == 0xf0 ? 4
                                                  : 0;
  if (length == 0 || at + length > text.size()) {
    ++at;
    return 0xfffd;
  }
  auto point = length == 1 ? lead : lead & (0x7fu >> length);
  for (unsigned i = 1; i < length; ++i)
    point = (point << 6) | (byte(at + i) & 0x3f);
  at += length;
  return point;
}

} // namespace

std::uint32_t tag_hash(std::string_view tag) {
  std::uint32_t hash = 0;
  for (std::size_t at = 0; at < tag.size();) {
    auto point = next_code_point(tag, at);
    if (point >= 0x10000) {
      point -= 0x10000;
      hash = hash * 31 + (0xd800 + (point >> 10));
      hash = hash * 31 + (0xdc00 + (point & 0x3ff));
    } else {
      hash = hash * 31 + point;
    }
  }
  return hash;
}

} // namespace apogee
