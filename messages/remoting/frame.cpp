#include "messages/remoting/frame.hpp"

#include "messages/remoting/byte_order.hpp"

namespace apogee::remoting {

namespace {

constexpr std::size_t word_bytes = 4;
constexpr std::uint32_t header_bytes_mask = 0xff'ffff;

/// `total` counts what follows the first word.
result<void> check_total(std::int32_t total, std::size_t bytes_max) {
  if (total < static_cast<std::int32_t>(word_bytes))
    return {errc::malformed, "a frame claims a length of "
                               + std::to_string(total)
                               + ": the peer does not speak RocketMQ"};
  const auto bytes = word_bytes + static_cast<std::size_t>(total);
  if (bytes > bytes_max)
    return {errc::message_too_large, "a frame of " + std::to_string(bytes)
                                       + " bytes is over the limit of "
                                       + std::to_string(bytes_max)};
  return {};
}

} // namespace

result<next_frame> find_frame(std::string_view received,
                              std::size_t bytes_max) {
  if (received.size() < word_bytes)
    return next_frame{{}, frame_prefix_bytes - received.size()};
  const auto total = load_integer<std::int32_t>(received.data());
  if (auto checked = check_total(total, bytes_max); !checked)
    return checked.error();
  if (received.size() < frame_prefix_bytes)
    return next_frame{{}, frame_prefix_bytes - received.size()};
  const auto word = load_integer<std::uint32_t>(received.data() + word_bytes);
  const auto type = word >> 24;
  if (type > static_cast<std::uint32_t>(serialize_type::binary))
    return {errc::malformed,
            "a frame's header has the unknown type " + std::to_string(type)};
  const std::size_t header_bytes = word & header_bytes_mask;
  const auto rest = static_cast<std::size_t>(total) - word_bytes;
  if (header_bytes > rest)
    return {errc::malformed, "a frame's header claims "
                               + std::to_string(header_bytes) + " of its "
                               + std::to_string(rest) + " bytes"};
  const auto bytes = frame_prefix_bytes + rest;
  if (received.size() < bytes)
    return next_frame{{}, bytes - received.size()};
  next_frame next;
  next.found.type = static_cast<serialize_type>(type);
  next.found.header = received.substr(frame_prefix_bytes, header_bytes);
  next.found.body =
    received.substr(frame_prefix_bytes + header_bytes, rest - header_bytes);
  return next;
}

} // namespace apogee::remoting
