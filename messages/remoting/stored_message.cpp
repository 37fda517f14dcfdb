#include "messages/remoting/stored_message.hpp"

#include "messages/checksum.hpp"
#include "messages/remoting/byte_order.hpp"
#include "messages/remoting/properties.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

namespace apogee::remoting {

namespace {

constexpr std::uint32_t magic_v1 = 0xdaa320a7;
constexpr std::uint32_t magic_v2 = 0xdaa320ab;
constexpr std::size_t topic_bytes_max_v1 = 127;
constexpr std::size_t topic_bytes_max_v2 = 32767;

/// Up to the body's length, with both hosts of IPv6.
constexpr std::size_t head_bytes_max = 112;
constexpr std::size_t length_bytes = 2; ///< of the topic and the properties

using head_bytes = std::array<char, head_bytes_max>;

std::int32_t sys_flag_of(const stored_message& message) {
  auto flag =
    message.sys_flag
    & ~(stored_message::born_host_is_ipv6 | stored_message::store_host_is_ipv6);
  if (message.born_host.is_ipv6)
    flag |= stored_message::born_host_is_ipv6;
  if (message.store_host.is_ipv6)
    flag |= stored_message::store_host_is_ipv6;
  return flag;
}

char* write_host(char* to, const host_address& host) {
  to = std::copy_n(host.bytes.begin(), host.address_bytes(), to);
  return store_integer<std::int32_t>(to, host.port);
}

/// Leaves out the size, which stands in front; returns the end.
char* write_head(char* to, const stored_message& message, std::uint32_t magic) {
  to = store_integer<std::uint32_t>(to + 4, magic);
  to = store_integer<std::uint32_t>(to, message.body_checksum
                                          ? *message.body_checksum
                                          : body_checksum(message.body));
  to = store_integer<std::int32_t>(to, message.queue_number);
  to = store_integer<std::int32_t>(to, message.flag);
  to = store_integer<std::int64_t>(to, message.queue_offset);
  to = store_integer<std::int64_t>(to, message.physical_offset);
  to = store_integer<std::int32_t>(to, sys_flag_of(message));
  to = store_integer<std::int64_t>(to, message.born_timestamp_ms);
  to = write_host(to, message.born_host);
  to = store_integer<std::int64_t>(to, message.store_timestamp_ms);
  to = write_host(to, message.store_host);
  to = store_integer<std::int32_t>(to, message.reconsume_times);
  to = store_integer<std::int64_t>(to, message.prepared_transaction_offset);
  return store_integer<std::uint32_t>(
    to, static_cast<std::uint32_t>(message.body.size()));
}

void append(std::vector<char>& out, std::string_view bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

bool read_host(byte_reader& in, host_address& host) {
  std::string_view bytes;
  std::int32_t port = 0;
  if (!in.read(bytes, static_cast<std::int64_t>(host.address_bytes()))
      || !in.read(port) || port < 0 || port > 0xffff)
    return false;
  std::copy(bytes.begin(), bytes.end(), host.bytes.begin());
  host.port = static_cast<std::uint16_t>(port);
  return true;
}

bool read_topic(byte_reader& in, std::uint32_t magic, std::string_view& topic) {
  if (magic == magic_v1) {
    std::int8_t bytes = 0;
    return in.read(bytes) && in.read(topic, bytes);
  }
  std::int16_t bytes = 0;
  return in.read(bytes) && in.read(topic, bytes);
}

/// `bytes` is exactly what the message says it is.
bool read_message(std::string_view bytes, stored_message& message) {
  byte_reader in{bytes};
  std::int32_t size = 0;
  std::uint32_t magic = 0;
  std::uint32_t checksum = 0;
  std::int32_t body_bytes = 0;
  std::int16_t properties_bytes = 0;
  if (!in.read(size) || !in.read(magic)
      || (magic != magic_v1 && magic != magic_v2) || !in.read(checksum)
      || !in.read(message.queue_number) || !in.read(message.flag)
      || !in.read(message.queue_offset) || !in.read(message.physical_offset)
      || !in.read(message.sys_flag) || !in.read(message.born_timestamp_ms))
    return false;
  message.body_checksum = checksum;
  message.born_host.is_ipv6 =
    (message.sys_flag & stored_message::born_host_is_ipv6) != 0;
  message.store_host.is_ipv6 =
    (message.sys_flag & stored_message::store_host_is_ipv6) != 0;
  return read_host(in, message.born_host) && in.read(message.store_timestamp_ms)
         && read_host(in, message.store_host)
         && in.read(message.reconsume_times)
         && in.read(message.prepared_transaction_offset) && in.read(body_bytes)
         && in.read(message.body, body_bytes)
         && read_topic(in, magic, message.topic) && in.read(properties_bytes)
         && in.read(message.properties, properties_bytes) && in.left().empty();
}

} // namespace

std::uint32_t body_checksum(std::string_view body) {
  return crc32(std::as_bytes(std::span{body})) & 0x7fff'ffff;
}

bool append_stored_message(std::vector<char>& out,
                           const stored_message& message,
                           std::string_view further_properties) {
  const auto& own = message.properties;
  const auto is_open = !further_properties.empty() && !own.empty()
                       && own.back() != property_end_mark;
  const auto properties_bytes =
    own.size() + std::size_t{is_open} + further_properties.size();
  const auto is_v1 = message.topic.size() <= topic_bytes_max_v1;
  std::array<char, length_bytes> topic_length{};
  store_integer<std::uint16_t>(
    topic_length.data(), static_cast<std::uint16_t>(message.topic.size()));
  const auto topic_head =
    std::string_view{topic_length.data(), length_bytes}.substr(is_v1);
  head_bytes head{};
  const auto* head_end =
    write_head(head.data(), message, is_v1 ? magic_v1 : magic_v2);
  const auto head_size = static_cast<std::size_t>(head_end - head.data());
  const auto bytes = head_size + message.body.size() + topic_head.size()
                     + message.topic.size() + length_bytes + properties_bytes;
  if (message.topic.size() > topic_bytes_max_v2
      || properties_bytes > properties_bytes_max
      || bytes > std::numeric_limits<std::int32_t>::max())
    return false;
  store_integer<std::uint32_t>(head.data(), static_cast<std::uint32_t>(bytes));
  std::array<char, length_bytes> properties_length{};
  store_integer<std::uint16_t>(properties_length.data(),
                               static_cast<std::uint16_t>(properties_bytes));
  append(out, {head.data(), head_size});
  append(out, message.body);
  append(out, topic_head);
  append(out, message.topic);
  append(out, {properties_length.data(), length_bytes});
  append(out, own);
  if (is_open)
    out.push_back(property_end_mark);
  append(out, further_properties);
  return true;
}

result<stored_message> take_stored_message(std::string_view& rest) {
  std::int32_t size = 0;
  if (rest.size() >= sizeof(size))
    size = load_integer<std::int32_t>(rest.data());
  stored_message message;
  if (size <= 0 || static_cast<std::size_t>(size) > rest.size()
      || !read_message(rest.substr(0, static_cast<std::size_t>(size)), message))
    return {errc::malformed, "a stored message is not as it says"};
  rest.remove_prefix(static_cast<std::size_t>(size));
  return message;
}

} // namespace apogee::remoting
