#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace apogee {

/// Where something listens. `host` is a name or a numeric address, the latter
/// without brackets.
struct address_parts {
  std::string host;
  std::uint16_t port = 0;
};

/// Of "host:9876", "10.0.0.1:9876" or "[2001:db8::2]:9876", of which the
/// brackets may be left out. None for anything else, port 0 included.
std::optional<address_parts> split_address(std::string_view text);

/// The other way round: an IPv6 address gets its brackets.
std::string join_address(std::string_view host, std::uint16_t port);

} // namespace apogee
