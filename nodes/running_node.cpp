#include "nodes/running_node.hpp"

#include "actors/supervision/node_root.hpp"
#include "messages/address.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace apogee::nodes {

std::string_view program_version() {
  return APOGEE_VERSION;
}

std::string address_of(const std::string& host, std::uint16_t port) {
  return join_address(host, port);
}

/// What the node's actors tell the threads that wait.
struct running_node::progress {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_ready = false;
  std::optional<failure> ended;

  void ready() {
    const std::lock_guard lock{mutex};
    is_ready = true;
    changed.notify_all();
  }

  void stopped(const failure& why) {
    const std::lock_guard lock{mutex};
    ended = why;
    changed.notify_all();
  }
};

running_node::running_node(caf::actor_system& system, node_plan plan)
  : progress_(std::make_shared<progress>()) {
  supervision::supervisor_spec root;
  root.strategy = supervision::restart_strategy::one_for_one;
  root.children = std::move(plan.children);
  supervision::node_root_options options;
  options.node = plan.node.name;
  options.program_version = program_version();
  options.supervision = plan.supervision;
  options.drills = plan.drills;
  options.log_folder = plan.log_folder;
  options.services = std::move(plan.services);
  options.door = supervision::native_port{
    plan.node.host, plan.node.native_port,
    [ports = plan.ports](std::uint16_t port) { ports->native = port; }};
  options.announcers = std::move(plan.announcers);
  options.on_ready = [progress = progress_] { progress->ready(); };
  options.on_stopped = [progress = progress_,
                        then = plan.on_stopped](const failure& why) {
    progress->stopped(why);
    if (then)
      then();
  };
  stop_ = [tree = supervision::spawn_node_root(
             system, std::move(root), std::move(options))] { tree.stop(); };
}

running_node::~running_node() {
  stop();
  wait_until_stopped();
}

result<void> running_node::wait_until_ready() {
  std::unique_lock lock{progress_->mutex};
  progress_->changed.wait(
    lock, [&] { return progress_->is_ready || progress_->ended; });
  if (!progress_->ended)
    return {};
  if (progress_->ended->code == errc::none)
    return {errc::closed, "the node was stopped before it was ready"};
  return *progress_->ended;
}

void running_node::stop() {
  stop_();
}

failure running_node::wait_until_stopped() {
  std::unique_lock lock{progress_->mutex};
  progress_->changed.wait(lock, [&] { return progress_->ended.has_value(); });
  return *progress_->ended;
}

} // namespace apogee::nodes
