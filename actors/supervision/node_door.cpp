#include "actors/supervision/node_door.hpp"

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/send.hpp>

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

/// What is published: passes every Hello on to the present door. CAF cannot
/// give a port to another actor without closing it, and peers keep the handle
/// that they connected to; so this part has no state, and is not restarted.
node_door_actor::behavior_type
door_frame(node_door_actor::pointer self,
           std::shared_ptr<const directory> actors, std::string path) {
  using welcome = caf::result<envelope<schema::Welcome>, caf::strong_actor_ptr>;
  return {
    [self, actors, path](const envelope<schema::Hello>& message) -> welcome {
      const auto door = actors->find(path);
      if (!door)
        return make_error(door.error());
      return self->delegate(caf::actor_cast<node_door_actor>(*door), message);
    },
  };
}

/// Shared by all incarnations of a door; ends with the supervisor's spec.
struct listening_port {
  native_port wanted;
  node_door_actor frame;
  bool is_listening = false; // used by one door at a time

  ~listening_port() {
    if (frame)
      caf::anon_send_exit(frame, caf::exit_reason::user_shutdown);
  }
};

void publish(node_door_actor::pointer self,
             const std::shared_ptr<listening_port>& port,
             const start_context& context) {
  if (!port->frame)
    port->frame = self->system().spawn(
      door_frame, std::shared_ptr<const directory>{context.tree.actors},
      context.path);
  self
    ->request(self->system().middleman().actor_handle(), listen_timeout,
              caf::publish_atom::value, port->wanted.port,
              caf::actor_cast<caf::strong_actor_ptr>(port->frame),
              self->system().message_types<node_door_actor>(),
              port->wanted.host, true)
    .then(
      [self, port, context](std::uint16_t bound) {
        port->is_listening = true;
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
                            "[node] native-port; or that is no address of this "
                            "machine: correct [node] host"));
      });
}

node_door_actor::behavior_type listening_node_door(
  node_door_actor::pointer self, const std::shared_ptr<listening_port>& port,
  const start_context& context, const node_door_options& options) {
  auto behavior = node_door(self, context.tree.actors, options);
  if (port->is_listening)
    report_ready(self, context);
  else
    publish(self, port, context);
  return behavior;
}

} // namespace

node_door_actor::behavior_type
node_door(node_door_actor::pointer self,
          std::shared_ptr<const directory> actors, node_door_options options) {
  explain_crashes(self);
  using welcome = caf::result<envelope<schema::Welcome>, caf::strong_actor_ptr>;
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
      return {
        envelope<schema::Welcome>::build([&](schema::Welcome::Builder reply) {
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
