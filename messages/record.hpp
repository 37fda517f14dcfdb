#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// One entry of the commit log: a fixed header, then a body. Every byte is
/// described in store/FORMAT.md.
namespace apogee {

/// On disk and on the wire; do not change, only append.
enum class record_type : std::uint8_t {
  filler = 0,        ///< the rest of a segment; no body is looked at
  message = 1,       ///< body: schema::Message, as its producer sent it
  topic_config = 2,  ///< body: schema::TopicConfig
  group_config = 3,  ///< body: schema::GroupConfig
  offset_commit = 4, ///< body: schema::OffsetCommit
  epoch_start = 5,   ///< body: schema::EpochStart
  transaction = 6,   ///< reserved for the decision on a half message
};

/// At which level a message must be safe before it is acknowledged and before
/// a consumer may see it.
enum class ack_level : std::uint8_t {
  none = 0,            ///< one-way: never answered; visible like `memory`
  memory = 1,          ///< in the leader's page cache: survives kill -9
  disk = 2,            ///< flushed on the leader: survives power loss
  replicated = 3,      ///< in the page cache of every in-sync member
  replicated_disk = 4, ///< flushed on every in-sync member
};

/// Fields of a record's header that its writer chooses.
struct record_fields {
  record_type type = record_type::message;
  ack_level ack = ack_level::memory;
  std::uint32_t tag_hash = 0; ///< Java's String.hashCode() of the tag; 0: none
  std::int64_t store_time_ms = 0;
  apogee::epoch epoch;
  queue_id queue;
  queue_offset offset;
};

/// A decoded record. `body` points into the bytes that were decoded.
struct record_view {
  record_fields fields;
  log_position position;
  std::uint32_t size_bytes = 0; ///< header and body
  std::span<const std::byte> body;
};

inline constexpr std::size_t record_header_bytes = 64;

/// Records start and end at multiples of this.
inline constexpr std::size_t record_alignment_bytes = 8;

/// Larger records are not written, and a header that claims more is damaged.
inline constexpr std::size_t record_size_bytes_max = 64u << 20;

/// Space that a record with such a body takes, in bytes.
constexpr std::size_t record_size(std::size_t body_bytes) {
  return record_header_bytes
         + (body_bytes + record_alignment_bytes - 1) / record_alignment_bytes
             * record_alignment_bytes;
}

/// Writes a record to `out`, which has record_size(body.size()) bytes. The body
/// may already stand at its place in `out`. A body is padded with zeros to a
/// multiple of 8 bytes; the padding belongs to what decode() returns as body
/// (Cap'n Proto messages are always whole words).
void encode_record(const record_fields& fields, log_position position,
                   std::span<const std::byte> body, std::span<std::byte> out);

/// Writes the header of a filler that spans `size_bytes` (at least 64) from
/// `position` to the end of its segment; what is behind the header is not
/// looked at.
void encode_filler(log_position position, apogee::epoch epoch,
                   std::uint32_t size_bytes,
                   std::span<std::byte, record_header_bytes> out);

/// Reads the header alone, without looking at the checksum: for bytes that
/// were verified before. Fails with errc::malformed when there are less than
/// record_header_bytes, the magic or version is not ours, or the size is
/// impossible; `body` is left empty.
result<record_view> decode_record_header(std::span<const std::byte> bytes);

/// Reads and verifies the record at the start of `bytes`. Fails with
/// errc::malformed when bytes are missing or are not a record, and with
/// errc::corrupt when the checksum does not match.
result<record_view> decode_record(std::span<const std::byte> bytes);

/// Java's String.hashCode() over UTF-16 of `tag` (UTF-8); 0 for an empty one.
std::uint32_t tag_hash(std::string_view tag);

} // namespace apogee
