#pragma once

#include "messages/errors.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/behavior.hpp>
#include <caf/scheduled_actor.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace apogee::client {

/// Tells a link's owner that the service is there, or not any more and why.
struct link_update {
  std::uint32_t link = 0; ///< the owner's number of the link
  caf::actor service;     ///< null while there is no connection
  failure why;
};

/// What to connect to.
struct link_target {
  std::vector<std::string> addresses; ///< HOST:PORT, tried in turn
  std::string service;
  std::uint32_t link = 0;
};

inline constexpr std::chrono::milliseconds link_pause_first{50};
inline constexpr std::chrono::milliseconds link_pause_max{1'000};
inline constexpr std::chrono::milliseconds link_connect_timeout{3'000};

/// Keeps the handle of one service of one node: connects, says Hello, monitors
/// the handle, and does so again after a pause when it goes down. Its owner is
/// told of every change by a link_update.
///
/// Survives anything the peer does. Ends with its owner, which has to send it
/// an exit message.
class service_link {
public:
  static inline const char* name = "service_link";

  service_link(caf::scheduled_actor* self, caf::actor owner,
               caf::actor connector, link_target target);

  caf::behavior make_behavior();

private:
  void connect();
  void say_hello(const caf::actor& door);
  void take(const caf::strong_actor_ptr& service);
  void lost(failure why);

  caf::scheduled_actor* self_;
  caf::actor owner_;
  caf::actor connector_;
  link_target target_;
  std::size_t next_address_ = 0;
  std::string address_; // the one in use
  caf::actor service_;
  std::chrono::milliseconds pause_ = link_pause_first;
};

} // namespace apogee::client

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::client::link_update)
