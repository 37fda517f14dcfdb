#pragma once

#include "actors/client/message.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace apogee::client {

/// Whether the tag, the keys and the properties can be joined to RocketMQ's
/// property string: errc::invalid_argument, errc::message_too_large.
result<void> check_properties(const message& msg);

/// Words that encode_message() needs.
std::size_t encoded_words_max(const message& msg);

/// Writes `msg` as a schema::Message, one segment without its table, to the
/// start of `out`, which has encoded_words_max(msg) words.
/// Returns the words that were used.
std::size_t encode_message(const message& msg, std::int64_t born_time_ms,
                           std::span<std::uint64_t> out);

/// Fills what the record and its body say; broker and topic are the caller's.
/// The views of `out` point into the record's body, which must stand at a
/// multiple of 8 bytes. Fails with errc::malformed when the body is not a
/// message.
result<void> decode_message(const record_view& record, received_message& out);

} // namespace apogee::client
