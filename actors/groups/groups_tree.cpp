#include "actors/groups/groups_tree.hpp"

#include "actors/groups/rebalance_coordinator.hpp"
#include "actors/supervision/supervisor.hpp"

#include <utility>

namespace apogee::groups {

namespace {

using supervision::child_spec;
using supervision::start_context;

constexpr std::chrono::milliseconds start_timeout{10'000};

using coordinator_pointer =
  rebalance_coordinator_actor::stateful_pointer<rebalance_coordinator_state>;
using committer_pointer =
  offset_committer_actor::stateful_pointer<offset_committer_state>;
using directory_pointer =
  group_directory_actor::stateful_pointer<group_directory_state>;

child_spec coordinator_spec(const group_services_ptr& services,
                            const std::string& group) {
  child_spec spec;
  // Legal in a group's name is no ':', so no group is called as another child.
  spec.name = "group:" + group;
  spec.kind = supervision::child_kind::temporary;
  spec.factory = [services,
                  group](const start_context& start) -> result<caf::actor> {
    return caf::actor_cast<caf::actor>(
      start.system.spawn([services, group](coordinator_pointer self) {
        supervision::explain_crashes(self);
        return rebalance_coordinator(self, services, group);
      }));
  };
  return spec;
}

coordinator_starter make_starter(group_services_ptr services,
                                 caf::actor supervisor) {
  return [services = std::move(services), supervisor = std::move(supervisor)](
           group_directory_actor::pointer self, const std::string& group,
           auto then) {
    self
      ->request(supervisor, start_timeout,
                supervision::start_child{coordinator_spec(services, group)})
      .then(
        [then](const caf::actor& child) {
          then(caf::actor_cast<rebalance_coordinator_actor>(child));
        },
        [then](const caf::error& why) { then(to_failure(why)); });
  };
}

} // namespace

supervision::supervisor_spec groups_tree(group_services_ptr services) {
  child_spec committer;
  committer.name = committer_name;
  committer.factory =
    [services](const start_context& start) -> result<caf::actor> {
    return caf::actor_cast<caf::actor>(
      start.system.spawn([services](committer_pointer self) {
        supervision::explain_crashes(self);
        return offset_committer(self, {services->offsets, services->log,
                                       services->settings.commit_interval});
      }));
  };
  child_spec directory;
  directory.name = directory_name;
  directory.factory = [services = std::move(services)](
                        const start_context& start) -> result<caf::actor> {
    return caf::actor_cast<caf::actor>(
      start.system.spawn([services, start](directory_pointer self) {
        supervision::explain_crashes(self);
        return group_directory(self, services,
                               make_starter(services, start.supervisor));
      }));
  };
  supervision::supervisor_spec spec;
  spec.name = "groups";
  // First, so that it ends last and writes what the others leave.
  spec.children.push_back(std::move(committer));
  spec.children.push_back(std::move(directory));
  return spec;
}

} // namespace apogee::groups
