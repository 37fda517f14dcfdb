#include "messages/address.hpp"

#include <charconv>

namespace apogee {

std::optional<address_parts> split_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return {};
  address_parts out;
  const auto* end = text.data() + text.size();
  const auto [rest, error] =
    std::from_chars(text.data() + colon + 1, end, out.port);
  if (error != std::errc{} || rest != end || out.port == 0)
    return {};
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  if (host.empty())
    return {};
  out.host = host;
  return out;
}

std::string join_address(std::string_view host, std::uint16_t port) {
  const auto is_ipv6 = host.find(':') != std::string_view::npos;
  std::string out{is_ipv6 ? "[" : ""};
  out += host;
  out += is_ipv6 ? "]:" : ":";
  return out += std::to_string(port);
}

} // namespace apogee
