#include "actors/remoting/acceptor.hpp"

#include "actors/broker/tell.hpp"
#include "actors/protocol.hpp"
#include "actors/remoting/session.hpp"

#include <caf/exit_reason.hpp>
#include <caf/io/system_messages.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;

/// Wait before a topic_catalog that is not there is looked for again.
constexpr auto catalog_retry = 20ms;

/// RocketMQ's clients take it for granted.
constexpr std::uint16_t vip_port_distance = 2;

using subscribe_again_atom = caf::atom_constant<caf::atom("subAgain")>;

struct session_state {
  static inline const char* name = "remoting_session";
  std::unique_ptr<session> core;
};

caf::behavior run_session(caf::stateful_actor<session_state, io_actor>* self,
                          caf::io::connection_handle connection,
                          gateway_ptr shared) {
  self->state.core =
    std::make_unique<session>(self, connection, std::move(shared));
  return self->state.core->make_behavior();
}

void end_sessions(const gateway& shared) {
  for (const auto* one : shared.sessions)
    caf::anon_send_exit(one->handle(), caf::exit_reason::user_shutdown);
}

/// The port that is listened on; `choice` tells how another one is chosen.
result<std::uint16_t> listen(io_actor* self, const std::string& host,
                             std::uint16_t port, const std::string& choice) {
  if (const auto doorman = self->add_tcp_doorman(port, host.c_str(), true))
    return doorman->second;
  return {errc::in_use,
          "port " + std::to_string(port) + " on " + host
            + " cannot be listened on, another program may have it: choose "
              "another with "
            + choice
            + "; or that is no address of this machine: correct [node] host"};
}

caf::behavior refuse_to_start(io_actor* self, const failure& why) {
  self->quit(make_error(why.code, why.text));
  return {[](const caf::io::new_connection_msg&) {}};
}

/// Connections that came before the topics are known: they wait, as a session
/// would say of every topic that there is none.
struct waiting_room {
  bool is_open = false; ///< nobody has to wait
  std::vector<caf::io::connection_handle> waiting;
};

void open(io_actor* self, const gateway_ptr& shared, waiting_room& room) {
  room.is_open = true;
  for (const auto& connection : std::exchange(room.waiting, {}))
    self->fork(run_session, connection, shared);
}

void subscribe(io_actor* self, const gateway_ptr& shared,
               const std::shared_ptr<waiting_room>& room) {
  if (!shared->topic_catalog) {
    open(self, shared, *room);
    return;
  }
  const auto catalog = shared->topic_catalog();
  if (!catalog) {
    caf::delayed_anon_send(broker::handle_of(self), catalog_retry,
                           subscribe_again_atom::value);
    return;
  }
  self->monitor(*catalog);
  self
    ->request(*catalog, caf::infinite, caf::subscribe_atom::value,
              broker::handle_of(self))
    .then(
      [self, shared, room](const std::vector<topic_info>& all) {
        shared->topics->take(all);
        open(self, shared, *room);
      },
      [](const caf::error&) {}); // it went down, which is told as well
}

} // namespace

caf::behavior acceptor(io_actor* self, acceptor_options options) {
  const auto listening = listen(self, options.host, options.port,
                                options.port_setting
                                  + ", or 0 for any free "
                                    "one");
  if (!listening)
    return refuse_to_start(self, listening.error());
  if (options.has_vip_port && options.port > vip_port_distance)
    if (const auto vip =
          listen(self, options.host,
                 static_cast<std::uint16_t>(options.port - vip_port_distance),
                 options.port_setting
                   + ", which is 2 above it, or do without it with "
                     "--broker.vip-channel=false");
        !vip)
      return refuse_to_start(self, vip.error());
  const auto shared = options.shared;
  self->set_down_handler([self](const caf::down_msg&) {
    caf::delayed_anon_send(broker::handle_of(self), catalog_retry,
                           subscribe_again_atom::value);
  });
  self->attach_functor([shared](const caf::error& reason) {
    if (reason == caf::exit_reason::user_shutdown)
      end_sessions(*shared);
  });
  const auto room = std::make_shared<waiting_room>();
  subscribe(self, shared, room);
  options.on_listening(*listening);
  return {
    [self, shared, room](const caf::io::new_connection_msg& accepted) {
      if (shared->counts->connections + room->waiting.size()
          >= shared->settings.connections_max) {
        ++shared->counts->refused_connections;
        shared->note_rarely("connections",
                            "closed a new connection of "
                              + self->remote_addr(accepted.handle) + ": "
                              + std::to_string(shared->settings.connections_max)
                              + " are open (remoting.connections-max)");
        self->cut(accepted.handle);
        return;
      }
      if (room->is_open)
        self->fork(run_session, accepted.handle, shared);
      else
        room->waiting.push_back(accepted.handle);
    },
    [shared](const std::vector<topic_info>& changed) {
      shared->topics->take(changed);
    },
    [self, shared, room](subscribe_again_atom) {
      subscribe(self, shared, room);
    },
    [room](const caf::io::connection_closed_msg& closed) {
      std::erase(room->waiting, closed.handle);
    },
    [](const caf::io::acceptor_closed_msg&) {},
  };
}

} // namespace apogee::remoting
