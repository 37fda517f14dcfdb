#pragma once

#include "messages/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace apogee::remoting {

/// How a frame's header is encoded. An answer uses its request's: clients in
/// C++ and Node read nothing but JSON.
enum class serialize_type : std::uint8_t {
  json = 0,
  binary = 1, ///< RocketMQ's name for it is ROCKETMQ
};

/// Bytes of a frame before its header: two words.
inline constexpr std::size_t frame_prefix_bytes = 8;

/// RocketMQ's clients close connections on which a longer frame arrives.
inline constexpr std::size_t frame_bytes_max = 16u << 20;

/// One frame inside the received bytes; nothing is copied.
struct frame {
  serialize_type type = serialize_type::json;
  std::string_view header;
  std::string_view body;

  /// Of the whole frame: what its reader has consumed.
  std::size_t bytes() const {
    return frame_prefix_bytes + header.size() + body.size();
  }
};

/// What stands at the front of the received bytes.
struct next_frame {
  frame found; ///< only when nothing is missing
  /// At least so many bytes have to arrive before there is a frame; exactly so
  /// many once its prefix is there.
  std::size_t missing_bytes = 0;
};

/// Finds the first frame of `received`. Looks at no more than the two words in
/// front, so it may be called whenever bytes arrive.
///
/// Fails with errc::message_too_large or errc::malformed as soon as the prefix
/// shows it; the stream cannot be read any further then, so the connection has
/// to be closed.
result<next_frame> find_frame(std::string_view received,
                              std::size_t bytes_max = frame_bytes_max);

} // namespace apogee::remoting
