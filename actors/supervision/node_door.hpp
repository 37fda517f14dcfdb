#pragma once

#include "actors/protocol.hpp"
#include "actors/supervision/child_spec.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace apogee::supervision {

/// Where peers reach the door of a node.
struct native_port {
  /// Address to listen on.
  std::string host = "127.0.0.1";
  /// 0: any free one.
  std::uint16_t port = 0;
  /// Called once, in the door's thread, with the port it has.
  std::function<void(std::uint16_t)> on_listening;
};

struct node_door_options {
  /// Name of the node and version of the program, for the answer to a Hello.
  std::string node;
  std::string program_version;
};

/// The one published actor of a node: answers a Hello with the present handle
/// of the service that is asked for. Errors: errc::version_mismatch,
/// errc::unknown_service (naming those there are), errc::restarting,
/// errc::malformed (naming the peer).
node_door_actor::behavior_type
node_door(node_door_actor::pointer self,
          std::shared_ptr<const directory> actors, node_door_options options);

/// The door as a child that listens on `port` and is ready when it does. Ends
/// with errc::in_use when the port is taken: the node stops. The handle that
/// peers get when they connect stays valid when the door is restarted, and
/// answers errc::restarting meanwhile.
child_spec published_node_door(node_door_options options, native_port port);

/// The door as a child that is not published, for tests and for nodes that are
/// only used from inside their process.
child_spec private_node_door(node_door_options options);

} // namespace apogee::supervision
