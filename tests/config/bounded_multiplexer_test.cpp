#include "config/bounded_multiplexer.hpp"
#include "config/system_config.hpp"

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/all.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <vector>

namespace apogee::config {

namespace {

using namespace std::chrono_literals;

using pass_atom = caf::atom_constant<caf::atom("pass")>;
using next_atom = caf::atom_constant<caf::atom("next")>;

/// Actors of the I/O thread, and what happened there in which order.
class Turns : public testing::Test {
protected:
  void note(std::string what) {
    std::lock_guard guard{mutex_};
    noted_.push_back(std::move(what));
  }

  std::vector<std::string> noted() {
    std::lock_guard guard{mutex_};
    return noted_;
  }

  /// Hands what it gets on to the next one, which it is told.
  caf::actor spawn_link(std::function<void()> then) {
    return system_.middleman().spawn_broker(
      [](caf::io::broker* self,
         const std::function<void()>& act) -> caf::behavior {
        auto next = std::make_shared<caf::actor>();
        return {
          [next](next_atom, const caf::actor& to) { *next = to; },
          [self, next, act](pass_atom) {
            act();
            if (*next)
              self->send(*next, pass_atom::value);
          },
        };
      },
      std::move(then));
  }

  system_config config_;
  caf::actor_system system_{config_};
  std::mutex mutex_;
  std::vector<std::string> noted_;
};

TEST_F(Turns, WhatActorsSendEachOtherIsHandledBeforeTheSocketsAreLookedAt) {
  auto& loop = system_.middleman().backend();
  std::promise<void> is_running;
  std::promise<void> may_go_on;
  std::promise<void> is_done;
  const auto last = spawn_link([&] { note("last"); });
  const auto second = spawn_link([&] { note("second"); });
  const auto first = spawn_link([&] {
    is_running.set_value();
    may_go_on.get_future().wait();
    note("first");
  });
  caf::anon_send(first, next_atom::value, second);
  caf::anon_send(second, next_atom::value, last);
  caf::anon_send(first, pass_atom::value);
  is_running.get_future().wait();
  // It arrives by a pipe, which the loop watches like a socket.
  loop.post([&] {
    note("socket");
    is_done.set_value();
  });
  may_go_on.set_value();
  ASSERT_EQ(is_done.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_EQ(noted(),
            (std::vector<std::string>{"first", "second", "last", "socket"}));
  for (const auto& actor : {first, second, last})
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

TEST_F(Turns, ActorsThatNeverCeaseLeaveTheSocketsTheirTurn) {
  const auto one = spawn_link([] {});
  const auto other = spawn_link([] {});
  caf::anon_send(one, next_atom::value, other);
  caf::anon_send(other, next_atom::value, one);
  caf::anon_send(one, pass_atom::value);
  std::promise<void> is_done;
  system_.middleman().backend().post([&] { is_done.set_value(); });
  EXPECT_EQ(is_done.get_future().wait_for(10s), std::future_status::ready);
  for (const auto& actor : {one, other})
    caf::anon_send_exit(actor, caf::exit_reason::kill);
}

} // namespace

} // namespace apogee::config
