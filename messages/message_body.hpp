#pragma once

#include "messages/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// The body of a message's record, a schema::Message of one segment without its
/// table: read and written without a builder, since this is the hot path.
namespace apogee {

/// The parts of a message; views into somebody else's bytes.
struct message_view {
  std::int64_t born_time_ms = 0; ///< since 1970, the producer's clock
  std::int32_t flag = 0;         ///< the application's
  std::int32_t sys_flag = 0;     ///< RocketMQ's system flag
  std::int32_t reconsume_times = 0;
  std::string_view properties = {}; ///< see messages/remoting/properties.hpp
  std::string_view body = {};
  std::string_view born_host =
    {}; ///< address (4 or 16 bytes), then the port (4)
};

/// Size of an encoded message in 8-byte words.
std::size_t encoded_message_words(std::size_t properties_bytes,
                                  std::size_t body_bytes,
                                  std::size_t born_host_bytes);
std::size_t encoded_message_words(const message_view& message);

/// Writes `message` to `out`, which has encoded_message_words() words of any
/// content.
void encode_message(const message_view& message, std::span<std::uint64_t> out);

/// Reads the body of a record, which may be anything: errc::malformed. The
/// views lead into `body`. REQUIRES: `body` is aligned to 8 bytes.
result<message_view> decode_message(std::span<const std::byte> body);

} // namespace apogee
