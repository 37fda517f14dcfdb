#include "actors/supervision/node_root.hpp"

#include "actors/supervision/supervision_service.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <utility>

namespace apogee::supervision {

namespace {

const std::string root_name = "node";

restart_limits limits_of(const config::supervision_settings& from) {
  return {from.restarts_max, from.restart_window, from.backoff_first,
          from.backoff_max};
}

child_spec supervision_service_child(bool drills_enabled) {
  child_spec out;
  out.name = "supervision";
  out.factory =
    [drills_enabled](const start_context& context) -> result<caf::actor> {
    return caf::actor_cast<caf::actor>(
      context.system.spawn(supervision_service, context.tree, drills_enabled));
  };
  return out;
}

} // namespace

void node_root::stop() const {
  caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
}

node_root spawn_node_root(caf::actor_system& system, supervisor_spec spec,
                          node_root_options options) {
  tree_context tree;
  auto services = std::move(options.services);
  services.emplace("supervision", root_name + "/supervision");
  tree.actors = std::make_shared<directory>(std::move(services));
  tree.log = std::make_shared<supervision_log>(
    log_options(options.node, options.supervision, options.log_folder));
  tree.limits = limits_of(options.supervision);
  spec.name = root_name;
  // Last, so that they are stopped first: nobody new comes in while the rest
  // of the node drains.
  spec.children.push_back(supervision_service_child(options.drills.enabled));
  node_door_options door{options.node, options.program_version};
  spec.children.push_back(options.door ? published_node_door(
                            std::move(door), std::move(*options.door))
                                       : private_node_door(std::move(door)));
  for (auto& announcer : options.announcers)
    spec.children.push_back(std::move(announcer));
  auto root =
    spawn_root(system, tree, std::move(spec), std::move(options.on_ready));
  // Attached, so that it is also called when the root itself fails.
  root->attach_functor([tree, on_stopped = std::move(options.on_stopped)](
                         const caf::error& reason) {
    tree.actors->set_stopped(root_name);
    if (on_stopped)
      on_stopped(is_orderly(reason) ? failure{} : to_failure(reason));
  });
  return {std::move(tree), std::move(root)};
}

} // namespace apogee::supervision
