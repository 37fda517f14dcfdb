#include "nodes/machine_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

namespace apogee::nodes {

namespace {

/// Never a real address (RFC 5737), so it lies behind the default route.
constexpr auto far_address = "192.0.2.1";

struct datagram_socket {
  explicit datagram_socket(int family)
    : fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

  ~datagram_socket() {
    if (fd >= 0)
      ::close(fd);
  }

  datagram_socket(const datagram_socket&) = delete;
  datagram_socket& operator=(const datagram_socket&) = delete;

  int fd;
};

std::string text_of(const in_addr& address) {
  char text[INET_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET, &address, text, sizeof(text));
  return text;
}

/// Connecting a datagram socket chooses a route and sends nothing.
std::optional<std::string> default_route_address() {
  const datagram_socket one{AF_INET};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  ::inet_pton(AF_INET, far_address, &address.sin_addr);
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::connect(one.fd, any, size) != 0
      || ::getsockname(one.fd, any, &size) != 0)
    return {};
  return text_of(address.sin_addr);
}

std::optional<std::string> network_address() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0)
    return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{
    list, &::freeifaddrs};
  for (const auto* one = list; one != nullptr; one = one->ifa_next)
    if (one->ifa_addr != nullptr && one->ifa_addr->sa_family == AF_INET
        && (one->ifa_flags & IFF_UP) != 0
        && (one->ifa_flags & IFF_LOOPBACK) == 0)
      return text_of(
        reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr);
  return {};
}

} // namespace

std::string machine_address() {
  if (auto found = default_route_address())
    return *found;
  return network_address().value_or("127.0.0.1");
}

/// Only an own address can be bound.
bool is_machine_address(const remoting::host_address& host) {
  sockaddr_storage address{};
  socklen_t size = sizeof(sockaddr_in);
  if (host.is_ipv6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    std::copy_n(host.bytes.begin(), 16, v6.sin6_addr.s6_addr);
    size = sizeof(sockaddr_in6);
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, host.bytes.data(), 4);
  }
  const datagram_socket one{address.ss_family};
  return ::bind(one.fd, reinterpret_cast<const sockaddr*>(&address), size) == 0;
}

} // namespace apogee::nodes
