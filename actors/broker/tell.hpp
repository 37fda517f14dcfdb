#pragma once

#include <caf/scheduled_actor.hpp>
#include <caf/send.hpp>

#include <utility>

namespace apogee::broker {

/// Sends a message in the name of `self`. The broker's actors are plain classes
/// over a scheduled_actor, so that whoever spawns them decides where they run;
/// the member function send() belongs to the concrete actor types only.
template <class Handle, class... Ts>
void tell(caf::scheduled_actor* self, const Handle& to, Ts&&... values) {
  caf::unsafe_send_as(self, to, std::forward<Ts>(values)...);
}

/// The sender of the message being handled.
inline caf::actor sender_of(caf::scheduled_actor* self) {
  return caf::actor_cast<caf::actor>(self->current_sender());
}

inline caf::actor handle_of(caf::scheduled_actor* self) {
  return caf::actor_cast<caf::actor>(self);
}

} // namespace apogee::broker
