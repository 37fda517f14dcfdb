#pragma once

#include <caf/error.hpp>
#include <caf/io/broker.hpp>
#include <caf/io/network/scribe_impl.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace apogee {

/// What an actor of the middleman's I/O thread derives from, in place of CAF's
/// broker, of which one end differs from that of all other actors: CAF leaves
/// the mailbox of a broker open when it ends (abstract_broker::cleanup passes
/// over scheduled_actor's), so a request in it, and each one sent afterwards,
/// is never answered. Here both fail with sec::request_receiver_down.
class io_actor : public caf::io::broker {
public:
  using caf::io::broker::broker;

  bool cleanup(caf::error&& reason, caf::execution_unit* host) override {
    close_all();
    return scheduled_actor::cleanup(std::move(reason), host);
  }

  /// The numeric address at which the other side reached this one; empty when
  /// the connection is not there any more. CAF tells only the remote one.
  std::string local_addr(caf::io::connection_handle connection) {
    const auto fd = descriptor(connection);
    if (fd < 0)
      return {};
    const auto found = caf::io::network::local_addr_of_fd(fd);
    return found ? *found : "";
  }

  /// More messages wait for this actor: it is in the middle of its mailbox.
  bool has_mail() {
    // A blocked one, of an actor that has nothing to do, must not be asked.
    return !mailbox().blocked() && !mailbox().empty();
  }

  /// Hands the socket what it takes at once, and returns how many bytes that
  /// were. Only while all that CAF was given is sent, or it would be overtaken.
  /// CAF itself sends after two changes of the poll set and a turn of the loop.
  std::size_t write_now(caf::io::connection_handle connection,
                        std::string_view bytes) {
    const auto fd = descriptor(connection);
    if (fd < 0)
      return 0;
    const auto sent =
      ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0; // CAF sees why
  }

  /// Ends a connection now; CAF's close() waits for the other side to do so,
  /// which one that means harm never does. `last_words` are sent as far as the
  /// socket takes them at once.
  void cut(caf::io::connection_handle connection,
           std::string_view last_words = {}) {
    if (const auto fd = descriptor(connection); fd >= 0) {
      if (!last_words.empty())
        ::send(fd, last_words.data(), last_words.size(),
               MSG_DONTWAIT | MSG_NOSIGNAL);
      ::shutdown(fd, SHUT_RDWR);
    }
    close(connection);
  }

private:
  /// CAF keeps it to itself; -1 when there is none.
  int descriptor(caf::io::connection_handle connection) {
    using implementation = caf::io::network::scribe_impl;

    struct opened : implementation {
      static int of(implementation& one) {
        return (one.*&opened::stream_).fd();
      }
    };

    auto found = by_id(connection);
    auto* one = found ? dynamic_cast<implementation*>(&*found) : nullptr;
    return one != nullptr ? opened::of(*one) : -1;
  }
};

} // namespace apogee
