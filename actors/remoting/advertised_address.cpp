#include "actors/remoting/advertised_address.hpp"

#include "messages/address.hpp"

#include <utility>

namespace apogee::remoting {

bool is_any_host(std::string_view host) {
  return host == "0.0.0.0" || host == "::";
}

advertised_address::advertised_address(std::string_view setting,
                                       std::string listen_host)
  : host_(std::move(listen_host)) {
  if (setting == "auto")
    return;
  // All of an IPv6 address may be taken for HOST:PORT.
  const auto parts =
    parse_host(setting, 0) ? std::nullopt : split_address(setting);
  host_ = parts ? parts->host : std::string{setting};
  port_ = parts ? parts->port : 0;
}

std::string
advertised_address::registered(std::uint16_t port,
                               const std::string& machine_host) const {
  return join_address(is_any_host(host_) ? machine_host : host_,
                      port_ != 0 ? port_ : port);
}

std::string advertised_address::any_host() const {
  return is_any_host(host_) ? host_ : "";
}

host_address advertised_address::in_messages(const host_address& reached,
                                             std::uint16_t port) const {
  auto out = reached;
  if (const auto own = parse_host(host_, 0); own && !is_any_host(host_))
    out = *own;
  out.port = port_ != 0 ? port_ : port;
  return out;
}

std::string
address_for_client(const host_address& reached, const std::string& registered,
                   std::string_view any_host,
                   const std::function<bool(const host_address&)>& is_own) {
  const auto known = parse_host_and_port(registered);
  const auto is_heard = !reached.is_ipv6 || any_host == "::";
  if (any_host.empty() || !is_heard || !known || !is_own(*known))
    return registered;
  auto out = reached;
  out.port = known->port;
  return to_string(out);
}

} // namespace apogee::remoting
