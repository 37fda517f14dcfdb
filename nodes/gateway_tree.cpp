#include "nodes/gateway_tree.hpp"

#include "actors/groups/groups_tree.hpp"
#include "actors/remoting/acceptor.hpp"
#include "actors/remoting/broker_service.hpp"
#include "actors/remoting/client_service.hpp"
#include "actors/remoting/group_config_service.hpp"
#include "actors/remoting/message_service.hpp"
#include "actors/remoting/names_service.hpp"
#include "actors/remoting/offset_service.hpp"
#include "actors/remoting/session_drain.hpp"
#include "actors/remoting/stored_form.hpp"
#include "actors/remoting/tool_service.hpp"
#include "actors/remoting/topic_service.hpp"
#include "nodes/broker_node.hpp"
#include "nodes/machine_address.hpp"
#include "nodes/provide.hpp"
#include "nodes/spawn.hpp"
#include "nodes/special_tree.hpp"
#include "nodes/storage_tree.hpp"

#include <atomic>
#include <map>
#include <utility>

namespace apogee::nodes {

namespace {

using supervision::child_spec;
using supervision::start_context;

constexpr auto names_service_name = "names_service";
constexpr auto broker_service_name = "broker_service";
constexpr auto topic_service_name = "topic_service";
constexpr auto message_service_name = "message_service";
constexpr auto group_config_service_name = "group_config_service";
constexpr auto offset_service_name = "offset_service";

const std::string storage_path = "node/storage/";
const std::string groups_path =
  std::string{"node/groups/"} + groups::directory_name;

/// The port as a child; a restart takes the same port and goes on with the same
/// gateway, which the sessions of before still use. `connect` tells a gateway
/// whom to ask.
child_spec remoting_port(
  std::string name, remoting::acceptor_options options,
  std::function<void(remoting::gateway&, const start_context&)> connect) {
  const auto taken = std::make_shared<std::atomic<std::uint16_t>>(options.port);
  const auto is_connected = std::make_shared<bool>(false);
  options.on_listening =
    [taken, listening = std::move(options.on_listening)](std::uint16_t bound) {
      *taken = bound;
      listening(bound);
    };
  child_spec spec;
  spec.name = std::move(name);
  spec.ready = supervision::ready_when::reported;
  spec.factory = [options, taken, is_connected,
                  connect](const start_context& start) {
    if (!std::exchange(*is_connected, true))
      connect(*options.shared, start);
    auto now = options;
    now.port = *taken;
    return result<caf::actor>{start.system.middleman().spawn_broker(
      [start, now](io_actor* self) mutable {
        supervision::explain_crashes(self);
        now.on_listening = [self, start, then = std::move(now.on_listening)](
                             std::uint16_t bound) {
          then(bound);
          supervision::report_ready(self, start);
        };
        return remoting::acceptor(self, std::move(now));
      })};
  };
  return spec;
}

/// The last child of the broker, so that it is the first one to be stopped.
child_spec session_drain(const remoting::gateway_ptr& gateway) {
  child_spec spec;
  spec.name = "session_drain";
  spec.stop_timeout = remoting::drain_timeout + std::chrono::seconds{1};
  spec.factory = [gateway](const start_context& start) {
    return result<caf::actor>{
      start.system.middleman().spawn_broker([gateway](io_actor* self) {
        supervision::explain_crashes(self);
        return remoting::session_drain(self, gateway);
      })};
  };
  return spec;
}

void serve(remoting::gateway& gateway, const std::vector<std::int32_t>& codes,
           const handle_provider<caf::actor>& service) {
  for (const auto code : codes)
    gateway.services[code] = service;
}

/// Starts after the port, which tells the gateway whom to ask.
child_spec tool_service(std::string name,
                        const remoting::gateway_ptr& gateway) {
  child_spec spec;
  spec.name = std::move(name);
  spec.factory = [gateway](const start_context& start) {
    return result<caf::actor>{caf::actor_cast<caf::actor>(start.system.spawn(
      [services = gateway->services](tool_service_actor::pointer self) {
        supervision::explain_crashes(self);
        return remoting::tool_service(self, services);
      }))};
  };
  return spec;
}

child_spec names_service(const config::remoting_settings& settings) {
  child_spec spec;
  spec.name = names_service_name;
  spec.factory = [settings](const start_context& start) {
    return result<caf::actor>{
      start.system.spawn([settings, start](caf::event_based_actor* self) {
        supervision::explain_crashes(self);
        return remoting::names_service(
          self, {settings,
                 provide<naming::route_registry_actor>(start, nameserver_path),
                 is_machine_address});
      })};
  };
  return spec;
}

child_spec client_service(const std::shared_ptr<broker::context>& shared,
                          const remoting::gateway_ptr& gateway) {
  child_spec spec;
  spec.name = client_service_name;
  spec.ready = supervision::ready_when::reported;
  spec.factory = [shared, gateway](const start_context& start) {
    remoting::client_service_options options;
    options.log =
      provide<log_service_actor>(start, storage_path + flush_service_name);
    options.topic_catalog =
      provide<caf::actor>(start, storage_path + topic_catalog_name);
    options.group_catalog =
      provide<group_catalog_actor>(start, storage_path + group_catalog_name);
    options.group_configs = shared->groups;
    options.dispatcher =
      provide<caf::actor>(start, storage_path + dispatcher_name);
    options.subscriptions = gateway->subscriptions;
    options.offsets = shared->offsets;
    options.resets = gateway->resets;
    options.locks = shared->locks;
    options.members = shared->members;
    options.groups = provide<caf::actor>(start, groups_path);
    options.note = gateway->note;
    options.refuses_differing_subscriptions =
      gateway->settings.differing_subscriptions == "refuse";
    using base = caf::stateful_actor<core_state<remoting::client_service>>;
    return result<caf::actor>{start.system.spawn([options, start](base* self) {
      supervision::explain_crashes(self);
      self->state.core = std::make_unique<remoting::client_service>(
        self, options,
        [self, start] { supervision::report_ready(self, start); });
      return self->state.core->make_behavior();
    })};
  };
  return spec;
}

child_spec broker_service(const std::shared_ptr<broker::context>& shared,
                          const std::shared_ptr<node_ports>& ports) {
  child_spec spec;
  spec.name = broker_service_name;
  spec.factory = [shared, ports,
                  clients = std::make_shared<remoting::traffic>()](
                   const start_context& start) {
    remoting::broker_service_options options;
    options.shared = shared;
    options.clients = clients;
    options.port = [ports] { return std::uint16_t{ports->broker}; };
    options.topic_catalog =
      provide<caf::actor>(start, storage_path + topic_catalog_name);
    options.dispatcher =
      provide<caf::actor>(start, storage_path + dispatcher_name);
    using base = caf::stateful_actor<core_state<remoting::broker_service>>;
    return result<caf::actor>{start.system.spawn([options](base* self) {
      supervision::explain_crashes(self);
      self->state.core =
        std::make_unique<remoting::broker_service>(self, options);
      return self->state.core->make_behavior();
    })};
  };
  return spec;
}

child_spec topic_service() {
  child_spec spec;
  spec.name = topic_service_name;
  spec.factory = [](const start_context& start) {
    return result<caf::actor>{
      start.system.spawn([start](caf::event_based_actor* self) {
        supervision::explain_crashes(self);
        return remoting::topic_service(
          self, provide<caf::actor>(start, storage_path + topic_catalog_name));
      })};
  };
  return spec;
}

child_spec
group_config_service(const std::shared_ptr<broker::context>& shared) {
  child_spec spec;
  spec.name = group_config_service_name;
  spec.factory = [shared](const start_context& start) {
    return result<caf::actor>{
      start.system.spawn([shared, start](caf::event_based_actor* self) {
        supervision::explain_crashes(self);
        return remoting::group_config_service(
          self,
          provide<group_catalog_actor>(start,
                                       storage_path + group_catalog_name),
          shared->groups);
      })};
  };
  return spec;
}

/// Starts after the client_service, with which the views have what the log had.
child_spec offset_service(const std::shared_ptr<broker::context>& shared,
                          const remoting::gateway_ptr& gateway) {
  child_spec spec;
  spec.name = offset_service_name;
  spec.factory = [shared, gateway](const start_context& start) {
    remoting::offset_service_options options;
    options.broker_name = shared->settings.node.name;
    options.dispatcher =
      provide<caf::actor>(start, storage_path + dispatcher_name);
    options.topic_catalog =
      provide<caf::actor>(start, storage_path + topic_catalog_name);
    options.group_catalog =
      provide<caf::actor>(start, storage_path + group_catalog_name);
    options.clients =
      provide<caf::actor>(start, std::string{"node/"} + client_service_name);
    options.groups = provide<caf::actor>(start, groups_path);
    options.offsets = shared->offsets;
    options.resets = gateway->resets;
    options.statistics = shared->statistics;
    options.members = shared->members;
    options.group_configs = shared->groups;
    using base = caf::stateful_actor<core_state<remoting::offset_service>>;
    return result<caf::actor>{start.system.spawn([options, start](base* self) {
      supervision::explain_crashes(self);
      self->state.core =
        std::make_unique<remoting::offset_service>(self, options);
      return self->state.core->make_behavior();
    })};
  };
  return spec;
}

child_spec message_service(const remoting::gateway_ptr& gateway,
                           const std::string& broker_name) {
  child_spec spec;
  spec.name = message_service_name;
  spec.factory = [gateway, broker_name](const start_context& start) {
    remoting::message_service_options options;
    options.dispatcher =
      provide<caf::actor>(start, storage_path + dispatcher_name);
    options.retry =
      provide<special::retry_service_actor>(start, retry_service_path);
    options.clients =
      provide<caf::actor>(start, std::string{"node/"} + client_service_name);
    options.broker_name = broker_name;
    options.message_size_max = gateway->message_size_max;
    options.flush_disk = gateway->settings.flush_disk;
    options.store_host = [gateway](const remoting::peer& from) {
      return gateway->store_host(from.reached);
    };
    return result<caf::actor>{
      start.system.spawn([options, start](caf::event_based_actor* self) {
        supervision::explain_crashes(self);
        return remoting::message_service(self, options);
      })};
  };
  return spec;
}

remoting::gateway_ptr make_gateway(const config::remoting_settings& settings,
                                   const gateway_surroundings& around) {
  auto out = std::make_shared<remoting::gateway>();
  out->settings = settings;
  out->tls = around.tls;
  out->counts = around.counts;
  out->note = around.note;
  return out;
}

} // namespace

remoting::advertised_address
advertised_address_of(const config::broker_config& settings) {
  return {settings.broker.advertised_address, settings.node.host};
}

std::vector<child_spec>
nameserver_gateway(const config::node_settings& node, std::uint16_t port,
                   const config::remoting_settings& remoting,
                   gateway_surroundings around) {
  auto gateway = make_gateway(remoting, around);
  gateway->role = remoting::port_role::nameserver;
  const auto connect = [](remoting::gateway& x, const start_context& start) {
    serve(
      x, remoting::names_service_codes(),
      provide<caf::actor>(start, std::string{"node/"} + names_service_name));
  };
  remoting::acceptor_options options;
  options.host = node.host;
  options.port = port;
  options.port_setting = "--nameserver.port (standalone: --nameserver-port)";
  options.on_listening = [ports = around.ports](std::uint16_t bound) {
    ports->nameserver = bound;
  };
  options.shared = gateway;
  return {remoting_port("nameserver_port", std::move(options), connect),
          names_service(remoting),
          tool_service(nameserver_tools_name, gateway)};
}

broker_gateway_specs
broker_gateway(const std::shared_ptr<broker::context>& shared,
               gateway_surroundings around) {
  const auto& settings = shared->settings;
  const auto& ports = around.ports;
  auto gateway = make_gateway(settings.remoting, around);
  gateway->message_size_max = settings.broker.message_size_max;
  gateway->broker_properties = std::make_shared<const std::string>(
    remoting::broker_properties(settings.node.cluster));
  gateway->wall_clock_ms = shared->wall_clock_ms;
  gateway->consumer_groups = shared->groups;
  gateway->statistics = shared->statistics;
  gateway->auto_create_groups = settings.groups.auto_create;
  gateway->store_host = [ports, own = advertised_address_of(settings)](
                          const remoting::host_address& reached) {
    return own.in_messages(reached, ports->broker);
  };
  const auto connect = [](remoting::gateway& x, const start_context& start) {
    const auto clients =
      provide<caf::actor>(start, std::string{"node/"} + client_service_name);
    x.dispatcher = provide<caf::actor>(start, storage_path + dispatcher_name);
    x.topic_catalog =
      provide<caf::actor>(start, storage_path + topic_catalog_name);
    x.groups = clients;
    serve(x, remoting::client_service_codes(), clients);
    serve(
      x, remoting::broker_service_codes(),
      provide<caf::actor>(start, std::string{"node/"} + broker_service_name));
    serve(
      x, remoting::topic_service_codes(),
      provide<caf::actor>(start, std::string{"node/"} + topic_service_name));
    serve(
      x, remoting::message_service_codes(),
      provide<caf::actor>(start, std::string{"node/"} + message_service_name));
    serve(x, remoting::group_config_service_codes(),
          provide<caf::actor>(start, std::string{"node/"}
                                       + group_config_service_name));
    serve(
      x, remoting::offset_service_codes(),
      provide<caf::actor>(start, std::string{"node/"} + offset_service_name));
  };
  broker_gateway_specs out;
  remoting::acceptor_options options;
  options.host = settings.node.host;
  options.port = settings.broker.port;
  options.has_vip_port = settings.broker.vip_channel;
  options.port_setting = "--broker.port (standalone: --broker-port)";
  options.on_listening = [ports](std::uint16_t bound) {
    ports->broker = bound;
  };
  options.shared = gateway;
  out.port = remoting_port("broker_port", std::move(options), connect);
  out.services = {client_service(shared, gateway),
                  broker_service(shared, ports),
                  topic_service(),
                  group_config_service(shared),
                  offset_service(shared, gateway),
                  message_service(gateway, settings.node.name),
                  tool_service(broker_tools_name, gateway),
                  special_tree({shared, around.note}),
                  session_drain(gateway)};
  return out;
}

} // namespace apogee::nodes
