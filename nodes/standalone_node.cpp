#include "nodes/standalone_node.hpp"

#include "actors/remoting/acceptor.hpp"
#include "nodes/broker_node.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>

#include <utility>

namespace apogee::nodes {

namespace {

using supervision::child_spec;
using supervision::start_context;

/// The port for RocketMQ clients as a child; a restart takes the same port.
child_spec remoting_port(std::string name, const std::string& host,
                         std::uint16_t port, std::string setting,
                         std::function<void(std::uint16_t)> listening,
                         note_function note) {
  const auto taken = std::make_shared<std::atomic<std::uint16_t>>(port);
  remoting::acceptor_options options;
  options.host = host;
  options.port_setting = std::move(setting);
  options.on_listening = [taken, listening](std::uint16_t bound) {
    *taken = bound;
    listening(bound);
  };
  // Clients come back at once: one line for many of them.
  options.on_refused = [note, name,
                        refused = std::make_shared<std::uint64_t>(0)] {
    constexpr std::uint64_t noted_once_in = 1'000;
    if ((*refused)++ % noted_once_in == 0)
      note(name + ": closed a connection (" + std::to_string(*refused)
           + " so far): RocketMQ clients are not served by this version");
  };
  child_spec spec;
  spec.name = std::move(name);
  spec.ready = supervision::ready_when::reported;
  spec.factory = [options, taken](const start_context& start) {
    auto now = options;
    now.port = *taken;
    return result<caf::actor>{start.system.middleman().spawn_broker(
      [start, now](caf::io::broker* self) mutable {
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

child_spec broker_port(const config::node_settings& node, std::uint16_t port,
                       const std::shared_ptr<node_ports>& ports,
                       const note_function& note) {
  return remoting_port(
    "broker_port", node.host, port, "--broker.port (standalone: --broker-port)",
    [ports](std::uint16_t bound) { ports->broker = bound; }, note);
}

child_spec nameserver_port(const config::node_settings& node,
                           std::uint16_t port,
                           const std::shared_ptr<node_ports>& ports,
                           const note_function& note) {
  return remoting_port(
    "nameserver_port", node.host, port,
    "--nameserver.port (standalone: --nameserver-port)",
    [ports](std::uint16_t bound) { ports->nameserver = bound; }, note);
}

void append(std::vector<child_spec>& to, std::vector<child_spec> more) {
  for (auto& spec : more)
    to.push_back(std::move(spec));
}

} // namespace

result<node_plan> make_standalone_plan(config::standalone_config settings,
                                       std::shared_ptr<node_ports> ports,
                                       note_function note) {
  broker_surroundings around;
  around.ports = ports;
  around.local_nameserver = nameserver_path;
  around.note = note;
  config::broker_config broker;
  broker.node = settings.node;
  broker.broker = settings.broker;
  broker.storage = settings.storage;
  broker.groups = settings.groups;
  broker.supervision = settings.supervision;
  broker.drills = settings.drills;
  auto opened = broker_node::open(std::move(broker), std::move(around));
  if (!opened)
    return opened.error();
  node_plan plan;
  plan.node = settings.node;
  plan.supervision = settings.supervision;
  plan.drills = settings.drills;
  plan.log_folder = settings.storage.data;
  plan.children.push_back(
    nameserver_port(settings.node, settings.nameserver.port, ports, note));
  plan.children.push_back(
    broker_port(settings.node, settings.broker.port, ports, note));
  plan.children.push_back(naming_tree(settings.nameserver, note));
  append(plan.children, (*opened)->children());
  plan.announcers.push_back((*opened)->registrar());
  plan.services = broker_node::services();
  plan.services.emplace("nameserver", nameserver_path);
  plan.ports = std::move(ports);
  return plan;
}

result<node_plan> make_broker_plan(config::broker_config settings,
                                   std::shared_ptr<node_ports> ports,
                                   note_function note) {
  broker_surroundings around;
  around.ports = ports;
  around.note = note;
  auto opened = broker_node::open(settings, std::move(around));
  if (!opened)
    return opened.error();
  node_plan plan;
  plan.node = settings.node;
  plan.supervision = settings.supervision;
  plan.drills = settings.drills;
  plan.log_folder = settings.storage.data;
  plan.children.push_back(
    broker_port(settings.node, settings.broker.port, ports, note));
  append(plan.children, (*opened)->children());
  plan.announcers.push_back((*opened)->registrar());
  plan.services = broker_node::services();
  plan.ports = std::move(ports);
  return plan;
}

result<node_plan> make_nameserver_plan(config::nameserver_config settings,
                                       std::shared_ptr<node_ports> ports,
                                       note_function note) {
  node_plan plan;
  plan.node = settings.node;
  plan.supervision = settings.supervision;
  plan.drills = settings.drills;
  plan.log_folder = ".";
  plan.children.push_back(
    nameserver_port(settings.node, settings.nameserver.port, ports, note));
  plan.children.push_back(naming_tree(settings.nameserver, std::move(note)));
  plan.services = {{"nameserver", nameserver_path}};
  plan.ports = std::move(ports);
  return plan;
}

result<std::unique_ptr<running_node>>
start_standalone(caf::actor_system& system, config::standalone_config settings,
                 std::shared_ptr<node_ports> ports) {
  auto plan = make_standalone_plan(std::move(settings), std::move(ports),
                                   [](const std::string&) {});
  if (!plan)
    return plan.error();
  auto node = std::make_unique<running_node>(system, std::move(*plan));
  if (auto ready = node->wait_until_ready(); !ready)
    return ready.error();
  return node;
}

} // namespace apogee::nodes
