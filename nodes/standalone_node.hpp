#pragma once

#include "config/settings.hpp"
#include "messages/errors.hpp"
#include "nodes/running_node.hpp"

#include <functional>
#include <memory>
#include <string>

namespace apogee::nodes {

/// Takes lines for the operator: recovery, refused connections.
using note_function = std::function<void(const std::string&)>;

/// A nameserver and a broker in one process. Opens the data folder: fails with
/// errc::in_use, read_only, disk_full, corrupt, version_mismatch.
result<node_plan> make_standalone_plan(config::standalone_config settings,
                                       std::shared_ptr<node_ports> ports,
                                       note_function note);

result<node_plan> make_broker_plan(config::broker_config settings,
                                   std::shared_ptr<node_ports> ports,
                                   note_function note);

result<node_plan> make_nameserver_plan(config::nameserver_config settings,
                                       std::shared_ptr<node_ports> ports,
                                       note_function note);

/// A standalone node inside a program:
///
///   auto node = apogee::nodes::start_standalone(system, settings, ports);
///   producer = apogee::client::spawn_producer(
///     system, {.nameservers = {address_of("127.0.0.1", ports->native)}});
///
/// Returns when the node is ready. `system` needs the middleman and the message
/// types of actors/protocol.hpp (config/system_config.hpp has both).
result<std::unique_ptr<running_node>>
start_standalone(caf::actor_system& system, config::standalone_config settings,
                 std::shared_ptr<node_ports> ports);

} // namespace apogee::nodes
