#pragma once

#include "actors/broker/context.hpp"
#include "actors/remoting/advertised_address.hpp"
#include "actors/remoting/gateway.hpp"
#include "actors/supervision/child_spec.hpp"
#include "config/settings.hpp"
#include "nodes/running_node.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

/// The parts of a node that speak with RocketMQ's clients.
namespace apogee::nodes {

/// The child of a broker node that knows RocketMQ's clients.
inline constexpr auto client_service_name = "client_service";

/// Children that answer the command line as RocketMQ's tools are answered; the
/// door knows them by these names.
inline constexpr auto nameserver_tools_name = "nameserver_tools";
inline constexpr auto broker_tools_name = "broker_tools";

using gateway_counters_ptr = std::shared_ptr<core::gateway_counters>;

/// What a port of the node needs of what is around it.
struct gateway_surroundings {
  std::shared_ptr<node_ports> ports;
  remoting::tls_context_ptr tls;
  gateway_counters_ptr counts = std::make_shared<core::gateway_counters>();
  std::function<void(const std::string&)> note;
};

/// A nameserver's: the port, and the actor that answers what comes to it.
std::vector<supervision::child_spec>
nameserver_gateway(const config::node_settings& node, std::uint16_t port,
                   const config::remoting_settings& remoting,
                   gateway_surroundings around);

remoting::advertised_address
advertised_address_of(const config::broker_config& settings);

struct broker_gateway_specs {
  supervision::child_spec port;
  /// Use the storage: to be started after it.
  std::vector<supervision::child_spec> services;
};

/// A broker's: the port, and the actors that know the clients behind it.
broker_gateway_specs
broker_gateway(const std::shared_ptr<broker::context>& shared,
               gateway_surroundings around);

} // namespace apogee::nodes
