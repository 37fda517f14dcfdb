#include "nodes/broker_node.hpp"

#include "actors/broker/admin_service.hpp"
#include "nodes/running_node.hpp"
#include "nodes/storage_tree.hpp"

#include <chrono>
#include <utility>

namespace apogee::nodes {

namespace {

using supervision::child_spec;
using supervision::start_context;

const std::string storage_path = "node/storage/";

std::int64_t wall_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch())
    .count();
}

} // namespace

result<std::shared_ptr<broker_node>>
broker_node::open(config::broker_config settings,
                  broker_surroundings surroundings) {
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
  auto& shared = node->shared_ = std::make_shared<broker::context>();
  shared->settings = std::move(settings);
  shared->program_version = program_version();
  shared->views = std::move(*views);
  shared->budget = std::make_shared<core::memory_budget>(
    shared->settings.broker.memory_limit);
  shared->wall_clock_ms = wall_clock_ms;
  return node;
}

std::vector<child_spec> broker_node::children() const {
  return {storage_tree({shared_, folder_->log(), surroundings_.note}), admin()};
}

std::map<std::string, std::string> broker_node::services() {
  return {{"broker", storage_path + dispatcher_name},
          {"admin", "node/admin"},
          {"groups", "node/groups/directory"}};
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
    peers.group_count = [shared]() -> std::uint32_t {
      const auto groups = shared->views->groups();
      return groups ? static_cast<std::uint32_t>(groups->size()) : 0;
    };
    return result<caf::actor>{
      start.system.spawn([shared, peers](caf::event_based_actor* self) {
        supervision::explain_crashes(self);
        return broker::admin_service(self, shared, peers);
      })};
  };
  return spec;
}

} // namespace apogee::nodes
