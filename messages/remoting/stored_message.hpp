#pragma once

#include "messages/errors.hpp"
#include "messages/remoting/host_address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// A message as RocketMQ stores it and as answers to pulls carry it. The
/// numbers are the format's; the text is somebody else's.
struct stored_message {
  // Bits of sys_flag that say how a message is stored.
  static constexpr std::int32_t born_host_is_ipv6 = 0x10;
  static constexpr std::int32_t store_host_is_ipv6 = 0x20;

  std::int32_t queue_number = 0;
  std::int32_t flag = 0; ///< the application's
  std::int64_t queue_offset = 0;
  std::int64_t physical_offset = 0; ///< names it in a message_id
  std::int32_t sys_flag = 0; ///< written with the bits that the hosts ask for
  std::int64_t born_timestamp_ms = 0;
  host_address born_host;
  std::int64_t store_timestamp_ms = 0;
  host_address store_host; ///< has to be the advertised one
  std::int32_t reconsume_times = 0;
  std::int64_t prepared_transaction_offset = 0;
  std::optional<std::uint32_t> body_checksum; ///< computed when it is not given
  std::string_view body;
  std::string_view topic;
  std::string_view properties; ///< see properties.hpp
};

/// Checksum of a body in a stored message: 31 bits of CRC-32.
std::uint32_t body_checksum(std::string_view body);

/// Appends one message to a buffer, with properties behind those that it has:
/// none, or each of them ended by its mark. False, with nothing appended, when
/// the topic, the properties or all of it are longer than the format can say.
///
/// In the format's first version, which every client reads; a topic of over 127
/// bytes takes the second one, which only clients of RocketMQ 5 read. A born
/// host of IPv6 is not read by clients in C++ and Node.
[[nodiscard]] bool
append_stored_message(std::vector<char>& out, const stored_message& message,
                      std::string_view further_properties = {});

/// Takes the first message off `rest`; its views lead into it. Fails with
/// errc::malformed. Whether the body has the checksum it brings is for the
/// caller to see.
result<stored_message> take_stored_message(std::string_view& rest);

} // namespace apogee::remoting
