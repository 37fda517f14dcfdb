#include "actors/remoting/acceptor.hpp"

#include "actors/protocol.hpp"

#include <caf/io/system_messages.hpp>

namespace apogee::remoting {

caf::behavior acceptor(caf::io::broker* self, acceptor_options options) {
  const auto listening =
    self->add_tcp_doorman(options.port, options.host.c_str(), true);
  if (!listening) {
    self->quit(
      make_error(errc::in_use,
                 "port " + std::to_string(options.port) + " on " + options.host
                   + " cannot be listened on, another program may have it: "
                     "choose another with "
                   + options.port_setting
                   + ", or 0 for any free one; or that is no address of this "
                     "machine: correct [node] host"));
    return {[](const caf::io::new_connection_msg&) {}};
  }
  options.on_listening(listening->second);
  return {
    [self, options](const caf::io::new_connection_msg& accepted) {
      self->close(accepted.handle);
      options.on_refused();
    },
    [](const caf::io::connection_closed_msg&) {},
    [](const caf::io::acceptor_closed_msg&) {},
  };
}

} // namespace apogee::remoting
