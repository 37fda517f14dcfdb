#include "nodes/cli/rocketmq/remoting_connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace apogee::cli {

namespace {

// The buffer grows while reads fill it: there are loads of thousands of
// connections on which little arrives.
constexpr std::size_t room_min = 4u << 10;
constexpr std::size_t room_max = 256u << 10;

} // namespace

result<void> remoting_connection::flush() {
  while (sent_ < out_.size()) {
    const auto count = ::send(descriptor(), out_.data() + sent_,
                              out_.size() - sent_, MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN)
      return {};
    if (count < 0)
      return lost(error_text(errno));
    sent_ += static_cast<std::size_t>(count);
  }
  out_.clear();
  sent_ = 0;
  return {};
}

result<void> remoting_connection::receive(const command_handler& handle) {
  if (in_.size() < received_ + room_min)
    in_.resize(received_ + room_min);
  const auto count =
    ::recv(descriptor(), in_.data() + received_, in_.size() - received_, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR))
    return {};
  if (count < 0)
    return lost(error_text(errno));
  if (count == 0)
    return lost("closed by the other side");
  received_ += static_cast<std::size_t>(count);
  if (received_ == in_.size() && in_.size() < room_max)
    in_.resize(2 * in_.size());
  const auto used = take_frames(handle);
  if (!used)
    return used.error();
  received_ -= *used;
  std::memmove(in_.data(), in_.data() + *used, received_);
  return {};
}

result<std::size_t>
remoting_connection::take_frames(const command_handler& handle) {
  std::size_t used = 0;
  for (;;) {
    const auto next =
      remoting::find_frame({in_.data() + used, received_ - used});
    if (!next)
      return not_understood(next.error());
    if (next->missing_bytes > 0) {
      in_.resize(std::max(in_.size(), received_ + next->missing_bytes));
      return used;
    }
    if (auto decoded = decoder_.decode(next->found); !decoded)
      return not_understood(decoded.error());
    handle(decoder_.decoded());
    used += next->found.bytes();
  }
}

failure remoting_connection::lost(const std::string& why) const {
  return {errc::unreachable,
          "the connection to " + address_ + " is lost: " + why};
}

failure remoting_connection::not_understood(const failure& why) const {
  return {errc::malformed, address_ + ": " + why.text
                             + "; name a RocketMQ port with --nameserver"};
}

} // namespace apogee::cli
