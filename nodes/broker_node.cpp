#include "nodes/broker_node.hpp"

#include "actors/broker/admin_service.hpp"
#include "actors/groups/groups_tree.hpp"
#include "actors/naming/registrar.hpp"
#include "actors/naming/route_registry.hpp"
#include "actors/supervision/supervisor.hpp"
#include "messages/remoting/message_id.hpp"
#include "nodes/gateway_tree.hpp"
#include "nodes/machine_address.hpp"
#include "nodes/provide.hpp"
#include "nodes/running_node.hpp"
#include "nodes/special_tree.hpp"
#include "nodes/storage_tree.hpp"

#include <caf/io/middleman.hpp>

#include <chrono>
#include <utility>

namespace apogee::nodes {

namespace {

using supervision::child_spec;
using supervision::start_context;

const std::string storage_path = "node/storage/";
const std::string groups_path = "node/groups/";

std::int64_t wall_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch())
    .count();
}

groups::group_services_ptr
make_group_services(const std::shared_ptr<broker::context>& shared,
                    const std::shared_ptr<node_ports>& ports,
                    const start_context& start) {
  auto services = std::make_shared<groups::group_services>();
  services->settings = shared->settings.groups;
  services->log =
    provide<log_service_actor>(start, storage_path + flush_service_name);
  services->topics =
    provide<topic_catalog_actor>(start, storage_path + topic_catalog_name);
  services->broker =
    provide<broker_service_actor>(start, storage_path + dispatcher_name);
  services->offsets = shared->offsets;
  services->locks = shared->locks;
  services->members = shared->members;
  services->rocketmq_clients =
    provide<caf::actor>(start, std::string{"node/"} + client_service_name);
  services->committer = provide<groups::offset_committer_actor>(
    start, groups_path + groups::committer_name);
  services->group_catalog =
    provide<group_catalog_actor>(start, storage_path + group_catalog_name);
  services->groups = shared->groups;
  services->retry =
    provide<special::retry_service_actor>(start, retry_service_path);
  services->retry_ack =
    shared->settings.remoting.flush_disk ? ack_level::disk : ack_level::memory;
  services->message_id = [ports, own = advertised_address_of(shared->settings),
                          reached = remoting::parse_host(machine_address(), 0)](
                           log_position position) {
    const auto host = own.in_messages(
      reached.value_or(remoting::host_address{}), ports->broker);
    return std::string{std::string_view{remoting::message_id_text{
      {host, static_cast<std::int64_t>(position.value)}}}};
  };
  services->wall_clock_ms = wall_clock_ms;
  return services;
}

core::broker_description describe_broker(const broker::context& shared,
                                         const node_ports& ports) {
  const auto& node = shared.settings.node;
  core::broker_description broker;
  broker.key = {node.cluster, node.name, 0};
  // The epoch grows with every start.
  broker.incarnation = shared.counts->epoch;
  const auto machine = machine_address();
  broker.native_address = address_of(
    remoting::is_any_host(node.host) ? machine : node.host, ports.native);
  const auto advertised = advertised_address_of(shared.settings);
  broker.remoting_address = advertised.registered(ports.broker, machine);
  broker.remoting_any_host = advertised.any_host();
  return broker;
}

} // namespace

child_spec naming_tree(const config::nameserver_settings& settings,
                       std::function<void(const std::string&)> note) {
  child_spec spec;
  spec.name = "route_registry";
  spec.factory = [settings,
                  note = std::move(note)](const start_context& start) {
    using self_pointer = naming::route_registry_actor::stateful_pointer<
      naming::route_registry_state>;
    naming::route_registry_options options;
    options.broker_expiry = settings.broker_expiry;
    options.note = note;
    return result<caf::actor>{caf::actor_cast<caf::actor>(
      start.system.spawn([options](self_pointer self) {
        supervision::explain_crashes(self);
        return naming::route_registry(self, options);
      }))};
  };
  return spec;
}

result<std::shared_ptr<broker_node>>
broker_node::open(config::broker_config settings,
                  broker_surroundings surroundings) {
  auto levels = core::delay_levels::parse(settings.groups.delay_levels);
  if (!levels)
    return {errc::invalid_config,
            "[groups] delay-levels: " + levels.error().text};
  if (!surroundings.tls) {
    auto tls = remoting::tls_context::make(settings.tls);
    if (!tls)
      return tls.error();
    surroundings.tls = std::move(*tls);
  }
  auto folder = store::data_folder::open(settings.storage.data);
  if (!folder)
    return folder.error();
  auto views = store::views::open((*folder)->views_path(),
                                  settings.storage.views_map_size);
  if (!views)
    return views.error();
  std::shared_ptr<broker_node> node{new broker_node};
  node->folder_ = std::move(*folder);
  node->surroundings_ = std::move(surroundings);
  // The folder stays locked for as long as anybody uses what is in it.
  auto& shared = node->shared_ = std::shared_ptr<broker::context>{
    new broker::context,
    [folder = node->folder_](broker::context* ended) { delete ended; }};
  shared->settings = std::move(settings);
  shared->program_version = program_version();
  shared->delay_levels = std::move(*levels);
  shared->views = std::move(*views);
  shared->offsets = std::make_shared<core::offset_table>(
    [views = shared->views](
      const std::string& group) -> result<std::vector<core::queue_commit>> {
      const auto kept = views->group_offsets(group);
      if (!kept)
        return kept.error();
      std::vector<core::queue_commit> offsets;
      for (const auto& one : *kept)
        offsets.emplace_back(one.queue, one.offset);
      return offsets;
    });
  shared->budget =
    std::make_shared<core::memory_budget>(shared->settings.broker.memory_limit);
  shared->wall_clock_ms = wall_clock_ms;
  shared->ports["broker"] = node->port_counts_;
  if (node->surroundings_.nameserver_counts)
    shared->ports["nameserver"] = node->surroundings_.nameserver_counts;
  return node;
}

std::vector<child_spec> broker_node::children() const {
  auto gateway =
    broker_gateway(shared_, {surroundings_.ports, surroundings_.tls,
                             port_counts_, surroundings_.note});
  std::vector<child_spec> out;
  out.push_back(std::move(gateway.port)); // a port in use is said at once
  out.push_back(storage_tree({shared_, folder_->log(), surroundings_.note}));
  out.push_back(admin());
  out.push_back(groups());
  for (auto& service : gateway.services)
    out.push_back(std::move(service));
  return out;
}

std::map<std::string, std::string> broker_node::services() {
  return {{"broker", storage_path + dispatcher_name},
          {"admin", "node/admin"},
          {broker_tools_name, std::string{"node/"} + broker_tools_name},
          {"groups", groups_path + groups::directory_name}};
}

child_spec broker_node::admin() const {
  child_spec spec;
  spec.name = "admin";
  spec.factory = [shared = shared_](const start_context& start) {
    broker::admin_peers peers;
    peers.topic_catalog = [start] {
      return start.at(storage_path + topic_catalog_name);
    };
    peers.dispatcher = [start] {
      return start.at<broker_service_actor>(storage_path + dispatcher_name);
    };
    peers.group_count = [shared] {
      return static_cast<std::uint32_t>(shared->groups->all().size());
    };
    return result<caf::actor>{
      start.system.spawn([shared, peers](caf::event_based_actor* self) {
        supervision::explain_crashes(self);
        return broker::admin_service(self, shared, peers);
      })};
  };
  return spec;
}

child_spec broker_node::groups() const {
  // The providers need the tree, which only a factory is given.
  const auto tree_for = [shared = shared_, ports = surroundings_.ports](
                          const start_context& start) {
    return supervision::as_child(
      groups::groups_tree(make_group_services(shared, ports, start)));
  };
  auto spec = supervision::as_child(
    groups::groups_tree(std::make_shared<groups::group_services>()));
  spec.factory = [tree_for](const start_context& start) {
    return tree_for(start).factory(start);
  };
  return spec;
}

child_spec broker_node::registrar() const {
  child_spec spec;
  spec.name = "registrar";
  spec.factory = [shared = shared_,
                  around = surroundings_](const start_context& start) {
    using self_pointer =
      naming::registrar_actor::stateful_pointer<naming::registrar_state>;
    const auto& settings = shared->settings;
    naming::registrar_options options;
    options.broker = describe_broker(*shared, *around.ports);
    options.register_interval = settings.broker.register_interval;
    for (const auto& address : settings.broker.nameservers)
      options.nameservers.emplace_back(address);
    if (!around.local_nameserver.empty())
      options.nameservers.emplace_back(
        provide<nameserver_actor>(start, around.local_nameserver));
    options.topics =
      provide<topic_catalog_actor>(start, storage_path + topic_catalog_name);
    options.connector = start.system.middleman().actor_handle();
    options.note = around.note;
    return result<caf::actor>{caf::actor_cast<caf::actor>(
      start.system.spawn([options](self_pointer self) {
        supervision::explain_crashes(self);
        return naming::registrar(self, options);
      }))};
  };
  return spec;
}

} // namespace apogee::nodes
