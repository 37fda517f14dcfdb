#pragma once

#include "actors/io_actor.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/stateful_actor.hpp>

#include <memory>
#include <tuple>
#include <utility>

namespace apogee::client {

/// Where a client's actors run and how they reach other nodes.
struct environment {
  /// Answers (connect_atom, host, port) as the middleman's actor does.
  caf::actor connector;
  /// Hot actors run in the middleman's I/O thread, which saves a wake-up for
  /// each request; otherwise they are scheduled like all others.
  bool in_io_thread = true;
};

/// The middleman of `sys`, which has to be loaded.
environment default_environment(caf::actor_system& sys);

/// State of an actor that is a plain class over a scheduled_actor; destroyed
/// when the actor ends.
template <class Impl>
struct owned_actor {
  static inline const char* name = Impl::name;
  std::unique_ptr<Impl> impl;
};

template <class Impl>
struct actor_body {
  template <class Self, class... Ts>
  static caf::behavior start(Self* self, const std::tuple<Ts...>& args) {
    std::apply(
      [self](const Ts&... xs) {
        self->state.impl = std::make_unique<Impl>(self, xs...);
      },
      args);
    return self->state.impl->make_behavior();
  }
};

/// Spawns an `Impl(self, args…)`, which has make_behavior(), as a hot actor.
template <class Impl, class... Ts>
caf::actor spawn_hot(caf::actor_system& sys, const environment& where,
                     Ts... args) {
  using state = owned_actor<Impl>;
  using pack = std::tuple<Ts...>;
  if (where.in_io_thread)
    return sys.middleman().spawn_broker(
      [](caf::stateful_actor<state, io_actor>* self, const pack& xs)
        -> caf::behavior { return actor_body<Impl>::start(self, xs); },
      pack{std::move(args)...});
  return sys.spawn(
    [](caf::stateful_actor<state>* self, const pack& xs) -> caf::behavior {
      return actor_body<Impl>::start(self, xs);
    },
    pack{std::move(args)...});
}

/// Spawns an `Impl(self, args…)` as an ordinary scheduled actor.
template <class Impl, class... Ts>
caf::actor spawn_scheduled(caf::actor_system& sys, Ts... args) {
  return spawn_hot<Impl>(sys, environment{{}, false}, std::move(args)...);
}

} // namespace apogee::client
