#include "nodes/special_tree.hpp"

#include "actors/special/delay_progress.hpp"
#include "actors/special/delay_service.hpp"
#include "actors/special/retry_service.hpp"
#include "actors/supervision/supervisor.hpp"
#include "nodes/provide.hpp"
#include "nodes/spawn.hpp"
#include "nodes/storage_tree.hpp"

#include <chrono>
#include <utility>

namespace apogee::nodes {

namespace {

using supervision::child_spec;
using supervision::start_context;

constexpr auto delay_service_name = "delay_service";
constexpr auto retry_service_name = "retry_service";

const std::string storage_path = "node/storage/";

child_spec delay_service(const special_options& options) {
  child_spec spec;
  spec.name = delay_service_name;
  spec.ready = supervision::ready_when::reported;
  spec.factory = [options](const start_context& start) {
    const auto& shared = options.shared;
    special::delay_options out;
    out.levels = shared->delay_levels;
    out.dispatcher = provide<caf::actor>(start, storage_path + dispatcher_name);
    out.topic_catalog =
      provide<caf::actor>(start, storage_path + topic_catalog_name);
    out.log =
      provide<log_service_actor>(start, storage_path + flush_service_name);
    out.load_progress = [shared] {
      return special::load_delay_progress(*shared->views);
    };
    out.wall_clock_ms = shared->wall_clock_ms;
    out.note = options.note;
    using base = caf::stateful_actor<core_state<special::delay_service>>;
    return result<caf::actor>{start.system.spawn([out, start](base* self) {
      supervision::explain_crashes(self);
      self->state.core = std::make_unique<special::delay_service>(
        self, out, [self, start] { supervision::report_ready(self, start); });
      return self->state.core->make_behavior();
    })};
  };
  return spec;
}

child_spec retry_service(const special_options& options) {
  child_spec spec;
  spec.name = retry_service_name;
  spec.factory = [options](const start_context& start) {
    special::retry_options out;
    out.levels = options.shared->delay_levels;
    out.statistics = options.shared->statistics;
    out.dispatcher = provide<caf::actor>(start, storage_path + dispatcher_name);
    out.topic_catalog =
      provide<caf::actor>(start, storage_path + topic_catalog_name);
    out.group_catalog =
      provide<group_catalog_actor>(start, storage_path + group_catalog_name);
    out.delay = provide<special::delay_service_actor>(
      start, std::string{"node/special/"} + delay_service_name);
    out.has_locks = [locks = options.shared->locks](const std::string& group) {
      return locks->is_any_locked(group, std::chrono::steady_clock::now());
    };
    return result<caf::actor>{
      spawn_scheduled<special::retry_service>(start.system, std::move(out))};
  };
  return spec;
}

} // namespace

child_spec special_tree(const special_options& options) {
  supervision::supervisor_spec special;
  special.name = "special";
  special.children.push_back(delay_service(options));
  special.children.push_back(retry_service(options));
  return supervision::as_child(std::move(special));
}

} // namespace apogee::nodes
