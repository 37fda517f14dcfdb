#pragma once

#include "messages/remoting/host_address.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

/// Where clients are told that a broker is.
namespace apogee::remoting {

/// "0.0.0.0" or "::": what listens on all addresses of its machine.
bool is_any_host(std::string_view host);

/// A broker's own part in it, from its settings.
class advertised_address {
public:
  /// `setting` is "auto", HOST or HOST:PORT; without a port it is the one that
  /// the broker listens on, and so is the host of "auto".
  advertised_address(std::string_view setting, std::string listen_host);

  /// For nameservers, HOST:PORT. `machine_host` is how others reach this
  /// machine; used when the broker listens on all its addresses.
  std::string registered(std::uint16_t port,
                         const std::string& machine_host) const;

  /// The host that the broker listens on, when nameservers may tell each client
  /// the address at which it reached them; otherwise empty.
  std::string any_host() const;

  /// For message ids and stored messages, which hold numbers and no names, to a
  /// client that reached the broker at `reached`.
  host_address in_messages(const host_address& reached,
                           std::uint16_t port) const;

private:
  std::string host_;
  std::uint16_t port_ = 0; ///< 0: the one that the broker listens on
};

/// A nameserver's part: what it tells a client that reached it at `reached` of
/// a broker that is registered with `registered` and `any_host`. Of one on the
/// nameserver's machine the address that the client can reach is known: it just
/// did. `is_own` tells whether this machine has an address.
std::string
address_for_client(const host_address& reached, const std::string& registered,
                   std::string_view any_host,
                   const std::function<bool(const host_address&)>& is_own);

} // namespace apogee::remoting
