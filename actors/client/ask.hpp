#pragma once

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <type_traits>
#include <utility>

/// What the concrete actor types inherit from CAF's mixins, for any
/// scheduled_actor: the client's actors are plain classes over one, so that
/// whoever spawns them decides where they run.
namespace apogee::client {

/// Sends a message in the name of `self`.
template <class... Ts>
void tell(caf::scheduled_actor* self, const caf::actor& to, Ts&&... values) {
  caf::unsafe_send_as(self, to, std::forward<Ts>(values)...);
}

/// Sends `self` a message after `pause`.
template <class... Ts>
void remind(caf::scheduled_actor* self, std::chrono::nanoseconds pause,
            Ts&&... values) {
  auto& clock = self->system().clock();
  clock.schedule_message(
    clock.now() + pause, caf::actor_cast<caf::strong_actor_ptr>(self),
    caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                              std::forward<Ts>(values)...));
}

/// Sends a request. No time-out runs: a request whose peer is lost is never
/// answered, so the caller keeps a deadline of its own. (CAF's time-outs wake
/// the clock's thread for every request, which the hot path cannot afford.)
template <class Message, class Then, class OnError>
void ask(caf::scheduled_actor* self, const caf::actor& to, Message&& request,
         Then then, OnError on_error) {
  const auto id = self->new_request_id(caf::message_priority::normal);
  caf::actor_cast<caf::abstract_actor*>(to)->eq_impl(
    id, self->ctrl(), self->context(), std::forward<Message>(request));
  self->add_multiplexed_response_handler(
    id.response_id(), caf::behavior{std::move(then), std::move(on_error)});
}

/// As above, failing with sec::request_timeout after `timeout`.
template <class Then, class OnError, class... Ts>
void ask_within(caf::scheduled_actor* self, std::chrono::milliseconds timeout,
                const caf::actor& to, Then then, OnError on_error,
                Ts&&... values) {
  const auto id = self->new_request_id(caf::message_priority::normal);
  caf::actor_cast<caf::abstract_actor*>(to)->eq_impl(
    id, self->ctrl(), self->context(), std::forward<Ts>(values)...);
  self->request_response_timeout(caf::duration{timeout}, id);
  self->add_multiplexed_response_handler(
    id.response_id(), caf::behavior{std::move(then), std::move(on_error)});
}

} // namespace apogee::client
