#pragma once

#include "messages/remoting/host_address.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace apogee::remoting {

/// Where a message is stored: RocketMQ's offset message id, which answers to
/// sends carry and tools ask by.
struct message_id {
  host_address store_host;
  std::int64_t physical_offset = 0;

  bool operator==(const message_id&) const = default;
};

/// A message id as upper-case hexadecimal text: 32 characters, 56 for IPv6.
class message_id_text {
public:
  explicit message_id_text(const message_id& id);

  operator std::string_view() const { return {text_.data(), size_}; }

private:
  std::array<char, 56> text_;
  std::size_t size_ = 0;
};

/// Takes lower case as well. None when it is no such id.
std::optional<message_id> parse_message_id(std::string_view text);

} // namespace apogee::remoting
