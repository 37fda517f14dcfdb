#pragma once

#include "actors/io_actor.hpp"
#include "actors/remoting/gateway.hpp"

#include <caf/behavior.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace apogee::remoting {

struct acceptor_options {
  std::string host;
  std::uint16_t port = 0;
  /// Also listen on the port - 2, which clients compute from the first; not
  /// when that one was any free one.
  bool has_vip_port = false;
  /// How the user changes the port, for the text of errc::in_use.
  std::string port_setting;
  /// Called in the I/O thread with the port it listens on.
  std::function<void(std::uint16_t)> on_listening;
  gateway_ptr shared;
};

/// Holds a port for RocketMQ clients and gives each connection a session, up to
/// remoting.connections-max; one more is closed at once, with a line in the
/// log. Keeps the sessions' table of topics current.
///
/// Ends with errc::in_use when the port is taken. Its sessions outlive a crash,
/// so that a restart costs nobody a connection; when it is told to stop, they
/// end with it. Lives in the I/O thread.
caf::behavior acceptor(io_actor* self, acceptor_options options);

} // namespace apogee::remoting
