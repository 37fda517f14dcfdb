#include "nodes/standalone_node.hpp"

#include "nodes/broker_node.hpp"
#include "nodes/gateway_tree.hpp"

#include <caf/actor_system.hpp>

#include <string>
#include <sys/resource.h>
#include <utility>

namespace apogee::nodes {

namespace {

using supervision::child_spec;

void append(std::vector<child_spec>& to, std::vector<child_spec> more) {
  for (auto& spec : more)
    to.push_back(std::move(spec));
}

std::map<std::string, std::string> nameserver_services() {
  return {
    {"nameserver", nameserver_path},
    {nameserver_tools_name, std::string{"node/"} + nameserver_tools_name}};
}

/// Files of a node that are no connections of clients.
constexpr rlim_t other_files = 256;

/// Says so when fewer files may be open than connections to that many ports.
void note_open_files(const config::remoting_settings& settings, rlim_t ports,
                     const note_function& note) {
  rlimit files{};
  const auto connections = ports * settings.connections_max;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0
      && files.rlim_cur < connections + other_files)
    note("this process may open " + std::to_string(files.rlim_cur)
         + " files, too few for " + std::to_string(connections)
         + " connections: raise the limit (LimitNOFILE, ulimit -n) or lower "
           "remoting.connections-max");
}

} // namespace

result<node_plan> make_standalone_plan(config::standalone_config settings,
                                       std::shared_ptr<node_ports> ports,
                                       note_function note) {
  auto tls = remoting::tls_context::make(settings.tls);
  if (!tls)
    return tls.error();
  const gateway_surroundings names{
    ports, *tls, std::make_shared<core::gateway_counters>(), note};
  note_open_files(settings.remoting, 2, note);
  broker_surroundings around;
  around.ports = ports;
  around.local_nameserver = nameserver_path;
  around.nameserver_counts = names.counts;
  around.tls = *tls;
  around.note = note;
  config::broker_config broker;
  broker.node = settings.node;
  broker.broker = settings.broker;
  broker.storage = settings.storage;
  broker.remoting = settings.remoting;
  broker.tls = settings.tls;
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
  append(plan.children,
         nameserver_gateway(settings.node, settings.nameserver.port,
                            settings.remoting, names));
  plan.children.push_back(naming_tree(settings.nameserver, note));
  append(plan.children, (*opened)->children());
  plan.announcers.push_back((*opened)->registrar());
  plan.services = broker_node::services();
  plan.services.merge(nameserver_services());
  plan.ports = std::move(ports);
  return plan;
}

result<node_plan> make_broker_plan(config::broker_config settings,
                                   std::shared_ptr<node_ports> ports,
                                   note_function note) {
  note_open_files(settings.remoting, 1, note);
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
  append(plan.children, (*opened)->children());
  plan.announcers.push_back((*opened)->registrar());
  plan.services = broker_node::services();
  plan.ports = std::move(ports);
  return plan;
}

result<node_plan> make_nameserver_plan(config::nameserver_config settings,
                                       std::shared_ptr<node_ports> ports,
                                       note_function note) {
  auto tls = remoting::tls_context::make(settings.tls);
  if (!tls)
    return tls.error();
  note_open_files(settings.remoting, 1, note);
  node_plan plan;
  plan.node = settings.node;
  plan.supervision = settings.supervision;
  plan.drills = settings.drills;
  plan.log_folder = ".";
  append(plan.children,
         nameserver_gateway(
           settings.node, settings.nameserver.port, settings.remoting,
           {ports, *tls, std::make_shared<core::gateway_counters>(), note}));
  plan.children.push_back(naming_tree(settings.nameserver, note));
  plan.services = nameserver_services();
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
