#pragma once

#include <caf/actor_system_config.hpp>

namespace apogee::client {

/// What the actor system of a program needs to use producers and consumers: the
/// middleman, the message types, and CAF's options as they are fast here.
///
///     client::system_config config;
///     caf::actor_system sys{config};
///
/// CAF's own options may be set before the system is made.
class system_config : public caf::actor_system_config {
public:
  system_config();
};

} // namespace apogee::client
