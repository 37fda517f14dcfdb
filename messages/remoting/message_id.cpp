#include "messages/remoting/message_id.hpp"

#include "messages/remoting/byte_order.hpp"

#include <algorithm>

namespace apogee::remoting {

namespace {

constexpr std::size_t bytes_max = 28;
constexpr std::size_t behind_address_bytes = 12; // port and offset

/// -1 for what is no digit.
int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  const auto letter = static_cast<char>(c | 0x20);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

} // namespace

message_id_text::message_id_text(const message_id& id) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::array<char, bytes_max> bytes;
  auto* end = std::copy_n(id.store_host.bytes.begin(),
                          id.store_host.address_bytes(), bytes.begin());
  end = store_integer<std::int32_t>(end, id.store_host.port);
  end = store_integer<std::int64_t>(end, id.physical_offset);
  for (const auto* at = bytes.data(); at != end; ++at) {
    text_[size_++] = digits[static_cast<unsigned char>(*at) >> 4];
    text_[size_++] = digits[static_cast<unsigned char>(*at) & 15];
  }
}

std::optional<message_id> parse_message_id(std::string_view text) {
  message_id id;
  std::array<char, bytes_max> bytes;
  id.store_host.is_ipv6 = text.size() == 2 * bytes_max;
  const auto address_bytes = id.store_host.address_bytes();
  if (text.size() != 2 * (address_bytes + behind_address_bytes))
    return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = hex_digit(text[i]);
    const auto low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    bytes[i / 2] = static_cast<char>(high << 4 | low);
  }
  std::copy_n(bytes.begin(), address_bytes, id.store_host.bytes.begin());
  const auto port = load_integer<std::int32_t>(bytes.data() + address_bytes);
  if (port < 0 || port > 0xffff)
    return std::nullopt;
  id.store_host.port = static_cast<std::uint16_t>(port);
  id.physical_offset =
    load_integer<std::int64_t>(bytes.data() + address_bytes + 4);
  return id;
}

} // namespace apogee::remoting
