#include "nodes/cli/tcp_socket.hpp"

#include <cctype>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace apogee::cli {

namespace {

/// The kernel connects in the background; returns 0, or the errno that ended
/// it.
int wait_for_connection(int descriptor, std::chrono::milliseconds timeout) {
  pollfd event{descriptor, POLLOUT, 0};
  const auto ready = ::poll(&event, 1, static_cast<int>(timeout.count()));
  if (ready < 0)
    return errno;
  if (ready == 0)
    return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
    return errno;
  return error;
}

int connect_one(const tcp_socket& with, const addrinfo& to,
                std::chrono::milliseconds timeout) {
  if (with.descriptor() < 0)
    return errno;
  // What is written is meant to leave: requests of one turn are one write.
  const int on = 1;
  ::setsockopt(with.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (::connect(with.descriptor(), to.ai_addr, to.ai_addrlen) == 0)
    return 0;
  return errno == EINPROGRESS ? wait_for_connection(with.descriptor(), timeout)
                              : errno;
}

} // namespace

tcp_socket::~tcp_socket() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

std::string error_text(int error) {
  auto text = std::generic_category().message(error);
  if (!text.empty())
    text[0] =
      static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

result<address_parts> parse_address(std::string_view text) {
  if (auto parts = split_address(text))
    return std::move(*parts);
  return {errc::invalid_argument,
          "'" + std::string{text}
            + "' is not an address; write HOST:PORT, for example "
              "127.0.0.1:9875"};
}

result<tcp_socket> connect_to(const address_parts& address,
                              std::chrono::milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto looked_up = ::getaddrinfo(
    address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (looked_up != 0)
    return {errc::unreachable,
            looked_up == EAI_NONAME || looked_up == EAI_NODATA
              ? "no machine of the name '" + address.host + "' is known"
              : std::string{::gai_strerror(looked_up)}};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all{
    found, ::freeaddrinfo};
  int error = EHOSTUNREACH;
  for (const auto* each = all.get(); each != nullptr; each = each->ai_next) {
    tcp_socket out{::socket(each->ai_family,
                            each->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                            each->ai_protocol)};
    error = connect_one(out, *each, timeout);
    if (error == 0)
      return out;
  }
  return {errc::unreachable, error_text(error)};
}

} // namespace apogee::cli
