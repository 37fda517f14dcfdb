#include "config/bounded_multiplexer.hpp"
#include "config/system_config.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace apogee::config {

namespace {

using namespace std::chrono_literals;
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

} // namespace

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

} // namespace apogee::config
