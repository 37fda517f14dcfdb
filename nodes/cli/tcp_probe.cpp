#include "nodes/cli/tcp_probe.hpp"

#include <cctype>
#include <cerrno>
#include <charconv>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace apogee::cli {

namespace {

/// A connection attempt that the kernel makes in the background.
class attempt {
public:
  explicit attempt(const addrinfo& to)
    : socket_(::socket(to.ai_family,
                       to.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                       to.ai_protocol)) {
    if (socket_ < 0 || ::connect(socket_, to.ai_addr, to.ai_addrlen) != 0)
      error_ = errno;
  }

  ~attempt() {
    if (socket_ >= 0)
      ::close(socket_);
  }

  attempt(const attempt&) = delete;
  attempt& operator=(const attempt&) = delete;

  /// 0, or the errno that ended it.
  int wait(std::chrono::milliseconds timeout) {
    if (error_ != EINPROGRESS)
      return error_;
    pollfd event{socket_, POLLOUT, 0};
    const auto ready = ::poll(&event, 1, static_cast<int>(timeout.count()));
    if (ready < 0)
      return errno;
    if (ready == 0)
      return ETIMEDOUT;
    socklen_t size = sizeof(error_);
    if (::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error_, &size) != 0)
      return errno;
    return error_;
  }

private:
  int socket_;
  int error_ = 0;
};

std::string text_of(int error) {
  auto text = std::generic_category().message(error);
  if (!text.empty())
    text[0] =
      static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

} // namespace

result<node_address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  node_address out;
  if (colon != std::string_view::npos && colon > 0) {
    out.host = text.substr(0, colon);
    const auto* end = text.data() + text.size();
    const auto [rest, error] =
      std::from_chars(text.data() + colon + 1, end, out.port);
    if (error == std::errc{} && rest == end && out.port != 0)
      return out;
  }
  return {errc::invalid_argument,
          "'" + std::string{text}
            + "' is not an address; write HOST:PORT, for example "
              "127.0.0.1:9875"};
}

result<void> probe(const node_address& address,
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
    error = attempt{*each}.wait(timeout);
    if (error == 0)
      return {};
  }
  return {errc::unreachable, text_of(error)};
}

} // namespace apogee::cli
