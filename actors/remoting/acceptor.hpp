#pragma once

#include <caf/behavior.hpp>
#include <caf/io/broker.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace apogee::remoting {

struct acceptor_options {
  std::string host;
  std::uint16_t port = 0;
  /// How the user changes the port, for the text of errc::in_use.
  std::string port_setting;
  /// Called in the I/O thread with the port it listens on.
  std::function<void(std::uint16_t)> on_listening;
  /// Called for each connection that is turned away.
  std::function<void()> on_refused;
};

/// Holds the port for RocketMQ clients. Their protocol is not served by this
/// version: each connection is closed at once, so that a client fails at the
/// first call instead of waiting for its time-out.
///
/// Ends with errc::in_use when the port is taken. Lives in the I/O thread.
caf::behavior acceptor(caf::io::broker* self, acceptor_options options);

} // namespace apogee::remoting
