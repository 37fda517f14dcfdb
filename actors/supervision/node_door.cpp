#include "actors/supervision/node_door.hpp"

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>

#include <set>
#include <utility>

namespace apogee::supervision {

namespace {

/// Listening is a matter of the local kernel.
constexpr std::chrono::seconds listen_timeout{10};

struct hello {
  std::uint32_t protocol = 0;
  std::string program;
  std::string service;
};

result<hello> read_hello(const envelope<schema::Hello>& message) {
  return message.read([](schema::Hello::Reader from) {
    return hello{from.getProtocolVersion(), from.getProgramVersion().cStr(),
                 from.getService().cStr()};
  });
}

failure other_version(const hello& peer, const node_door_options& options) {
  return {errc::version_mismatch,
          "the peer speaks protocol " + std::to_string(peer.protocol)
            + " (program " + peer.program + "), node '" + options.node
            + "' speaks protocol " + std::to_string(protocol_version)
            + " (program " + options.program_version
            + "): run programs of the same release on both sides"};
}

/// Shared by all incarnations of a door.
struct listening_port {
  native_port wanted;
  std::atomic<std::uint16_t> bound = 0;
};

void publish(node_door_actor::pointer self,
             const std::shared_ptr<listening_port>& port,
             const start_context& context) {
  const auto middleman = self->system().middleman().actor_handle();
  const auto before = port->bound.load();
  // The dead door's port is still open, for handles that nobody has.
  if (before != 0)
    self->send(middleman, caf::close_atom::value, before);
  self
    ->request(middleman, listen_timeout, caf::publish_atom::value,
              before != 0 ? before : port->wanted.port,
              caf::actor_cast<caf::strong_actor_ptr>(self),
              self->system().message_types<node_door_actor>(),
              port->wanted.host, true)
    .then(
      [self, port, context](std::uint16_t bound) {
        port->bound = bound;
        if (port->wanted.on_listening)
          port->wanted.on_listening(bound);
        report_ready(self, context);
      },
      [self, port](const caf::error& why) {
        self->quit(make_error(
          errc::in_use, "cannot listen on " + port->wanted.host + ":"
                          + std::to_string(port->wanted.port) + " ("
                          + to_failure(why).text
                          + "); stop the program that does, or choose another "
                            "[node] native-port"));
      });
}

node_door_actor::behavior_type
listening_node_door(node_door_actor::pointer self,
                    const std::shared_ptr<listening_port>& port,
                    const start_context& context,
                    const node_door_options& options) {
  auto behavior = node_door(self, context.tree.actors, options);
  publish(self, port, context);
  return behavior;
}

} // namespace

node_door_actor::behavior_type node_door(node_door_actor::pointer self,
                                         std::shared_ptr<const directory> actors,
                                         node_door_options options) {
  explain_crashes(self);
  using welcome
    = caf::result<envelope<schema::Welcome>, caf::strong_actor_ptr>;
  return {
    [self, actors, options](const envelope<schema::Hello>& message) -> welcome {
      const auto peer = read_hello(message);
      if (!peer)
        return make_error(peer.error(), self->current_sender());
      if (peer->protocol != protocol_version)
        return make_error(other_version(*peer, options));
      const auto service = actors->find_service(peer->service);
      if (!service)
        return make_error(service.error());
      return {envelope<schema::Welcome>::build(
                [&](schema::Welcome::Builder reply) {
                  reply.setProtocolVersion(protocol_version);
                  reply.setProgramVersion(options.program_version);
                  reply.setNode(options.node);
                }),
              caf::actor_cast<caf::strong_actor_ptr>(*service)};
    },
  };
}

child_spec published_node_door(node_door_options options, native_port port) {
  auto shared = std::make_shared<listening_port>();
  shared->wanted = std::move(port);
  child_spec out;
  out.name = "door";
  out.ready = ready_when::reported;
  out.factory = [options = std::move(options),
                 shared](const start_context& context) -> result<caf::actor> {
    return caf::actor_cast<caf::actor>(
      context.system.spawn(listening_node_door, shared, context, options));
  };
  return out;
}

child_spec private_node_door(node_door_options options) {
  child_spec out;
  out.name = "door";
  out.factory = [options = std::move(options)](
                  const start_context& context) -> result<caf::actor> {
    return caf::actor_cast<caf::actor>(context.system.spawn(
      node_door, std::shared_ptr<const directory>{context.tree.actors},
      options));
  };
  return out;
}

} // namespace apogee::supervision
