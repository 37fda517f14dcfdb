#include "config/io_loop.hpp"
#include "config/system_config.hpp"

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/all.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace apogee::config {

namespace {

using namespace std::chrono_literals;

using pass_atom = caf::atom_constant<caf::atom("pass")>;
using next_atom = caf::atom_constant<caf::atom("next")>;
using read_atom = caf::atom_constant<caf::atom("read")>;
using go_on_atom = caf::atom_constant<caf::atom("goOn")>;

/// Reads ten bytes, tells `observer` so, and wants no more until it is told.
caf::behavior hesitant_reader(caf::io::broker* self,
                              caf::io::connection_handle connection,
                              const caf::actor& observer) {
  self->configure_read(connection, caf::io::receive_policy::at_most(10));
  return {
    [=](const caf::io::new_data_msg&) {
      self->halt(connection);
      self->send(observer, read_atom::value);
    },
    [=](const caf::io::connection_closed_msg&) { self->quit(); },
    [=](go_on_atom) { self->trigger(connection); },
  };
}

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
  std::promise<std::uint16_t> port;
  std::promise<void> is_done;
  const auto server = system_.middleman().spawn_broker(
    [&](caf::io::broker* self) -> caf::behavior {
      port.set_value(self->add_tcp_doorman(0, "127.0.0.1")->second);
      return {[&](const caf::io::new_connection_msg&) {
        note("socket");
        is_done.set_value();
      }};
    });
  std::promise<void> is_running;
  std::promise<void> may_go_on;
  const auto last = spawn_link([&] { note("last"); });
  const auto second = spawn_link([&] { note("second"); });
  const auto first = spawn_link([&] {
    is_running.set_value();
    may_go_on.get_future().wait();
    note("first");
  });
  caf::anon_send(first, next_atom::value, second);
  caf::anon_send(second, next_atom::value, last);
  const auto to = port.get_future().get();
  caf::anon_send(first, pass_atom::value);
  is_running.get_future().wait();
  const auto client = caf::io::network::new_tcp_connection("127.0.0.1", to);
  ASSERT_TRUE(client);
  may_go_on.set_value();
  ASSERT_EQ(is_done.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_EQ(noted(),
            (std::vector<std::string>{"first", "second", "last", "socket"}));
  caf::io::network::close_socket(*client);
  for (const auto& actor : {first, second, last, server})
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

TEST(BoundedMultiplexer, DoesNotReadAConnectionThatIsHalted) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  ASSERT_EQ(::send(pair[1], std::string(100, 'x').data(), 100, 0), 100);
  system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  auto& multiplexer = dynamic_cast<caf::io::network::default_multiplexer&>(
    system.middleman().backend());
  auto scribe = multiplexer.new_scribe(pair[0]);
  const auto handle = scribe->hdl();
  const auto reader = system.middleman().spawn_broker(
    [scribe, handle](caf::io::broker* actor, const caf::actor& observer) {
      actor->add_scribe(scribe);
      return hesitant_reader(actor, handle, observer);
    },
    caf::actor{self});
  const auto reads = [&] {
    int count = 0;
    for (auto is_more = true; is_more;)
      self->receive([&](read_atom) { ++count; },
                    caf::after(200ms) >> [&] { is_more = false; });
    return count;
  };
  EXPECT_EQ(reads(), 1);
  self->send(reader, go_on_atom::value);
  EXPECT_EQ(reads(), 1);
  ::close(pair[1]);
  self->send_exit(reader, caf::exit_reason::user_shutdown);
}

} // namespace

} // namespace apogee::config
