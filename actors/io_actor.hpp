#pragma once

#include <caf/error.hpp>
#include <caf/io/broker.hpp>

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
};

} // namespace apogee
