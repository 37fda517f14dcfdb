#pragma once

#include "messages/errors.hpp"
#include "messages/remoting/command_decoder.hpp"
#include "nodes/cli/tcp_socket.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace apogee::cli {

/// Frames over one TCP connection to a RocketMQ node. Never waits; its owner
/// watches the descriptor. Not thread-safe.
class remoting_connection {
public:
  using command_handler = std::function<void(const remoting::command&)>;

  remoting_connection(tcp_socket socket, std::string address)
    : socket_(std::move(socket)), address_(std::move(address)) {}

  int descriptor() const { return socket_.descriptor(); }

  const std::string& address() const { return address_; }

  /// Where frames are appended that are to be sent.
  std::vector<char>& out() { return out_; }

  std::size_t unsent_bytes() const { return out_.size() - sent_; }

  /// Writes what the socket takes; some may stay unsent. Fails with
  /// errc::unreachable when the connection is lost.
  result<void> flush();

  /// Reads what has arrived and hands over each whole command, whose text ends
  /// with the call. Fails as flush() does, and with errc::malformed when what
  /// listens there does not speak the protocol.
  result<void> receive(const command_handler& handle);

private:
  failure lost(const std::string& why) const;
  failure not_understood(const failure& why) const;
  result<std::size_t> take_frames(const command_handler& handle);

  tcp_socket socket_;
  std::string address_;
  std::vector<char> out_;
  std::size_t sent_ = 0; ///< of out_
  std::vector<char> in_;
  std::size_t received_ = 0; ///< of in_
  remoting::command_decoder decoder_;
};

} // namespace apogee::cli
