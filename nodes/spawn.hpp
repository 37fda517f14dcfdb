#pragma once

#include "actors/io_actor.hpp"
#include "actors/supervision/child_spec.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/stateful_actor.hpp>

#include <memory>
#include <utility>

/// Where the actors of a node run. Their code does not know: it is a class over
/// a scheduled_actor, and these functions choose its thread.
namespace apogee::nodes {

/// Keeps the object whose functions are an actor's handlers.
template <class Core>
struct core_state {
  std::unique_ptr<Core> core;
};

/// An actor of class `Core` in the middleman's I/O thread, with the sessions:
/// messages between such actors wake no thread.
template <class Core, class... Ts>
caf::actor spawn_in_io_thread(caf::actor_system& system, Ts... arguments) {
  using base = caf::stateful_actor<core_state<Core>, io_actor>;
  return system.middleman().spawn_broker(
    [](base* self, Ts... xs) -> caf::behavior {
      supervision::explain_crashes(self);
      self->state.core = std::make_unique<Core>(self, std::move(xs)...);
      return self->state.core->make_behavior();
    },
    std::move(arguments)...);
}

/// An actor of class `Core` on the scheduler's threads, or with
/// caf::detached on one of its own.
template <class Core, caf::spawn_options Options = caf::no_spawn_options,
          class... Ts>
caf::actor spawn_scheduled(caf::actor_system& system, Ts... arguments) {
  using base = caf::stateful_actor<core_state<Core>>;
  return system.spawn<Options>(
    [](base* self, Ts... xs) -> caf::behavior {
      supervision::explain_crashes(self);
      self->state.core = std::make_unique<Core>(self, std::move(xs)...);
      return self->state.core->make_behavior();
    },
    std::move(arguments)...);
}

} // namespace apogee::nodes
