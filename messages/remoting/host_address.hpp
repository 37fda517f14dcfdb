#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace apogee::remoting {

/// Address and port of a client or a broker, as stored messages and message ids
/// hold them.
struct host_address {
  std::array<std::uint8_t, 16> bytes{}; ///< of IPv4 the first four; else 0
  std::uint16_t port = 0;
  bool is_ipv6 = false;

  std::size_t address_bytes() const { return is_ipv6 ? 16 : 4; }

  bool operator==(const host_address&) const = default;
};

/// "10.0.0.1:10911" or "[2001:db8::2]:10911".
std::string to_string(const host_address& host);

/// A numeric address without its port: "10.0.0.1", "2001:db8::2",
/// "fe80::1%eth0". IPv4 written as IPv6 (::ffff:10.0.0.1), as sockets that
/// listen for both report it, becomes IPv4: not all clients read the other.
/// None for anything else, such as a name.
std::optional<host_address> parse_host(std::string_view address,
                                       std::uint16_t port);

/// Address, then the port in 4 bytes: as stored messages hold it.
std::string packed(const host_address& host);
std::optional<host_address> unpacked(std::string_view bytes);

/// As to_string() writes it.
std::optional<host_address> parse_host_and_port(std::string_view text);

} // namespace apogee::remoting
