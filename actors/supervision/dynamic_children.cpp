#include "actors/supervision/supervisor_state.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

/// The part of supervisor_state that is about children that come and go.
namespace apogee::supervision {

result<caf::actor> supervisor_state::start_dynamic(child_spec spec) {
  if (ending_)
    return {errc::shutting_down, "'" + path_ + "' is being stopped"};
  if (stop_dynamics_wanted_)
    return {errc::restarting, "'" + path_ + "' is being restarted"};
  if (const auto it = dynamics_.find(spec.name); it != dynamics_.end())
    return it->second->handle;
  if (!is_legal_name(spec.name) || spec.strategy || !spec.factory)
    return {errc::illegal_name,
            "'" + spec.name + "' cannot be the name of a dynamic worker"};
  auto c = std::make_unique<child>();
  c->path = path_ + "/" + spec.name;
  for (const auto& other : statics_)
    if (other->path == c->path)
      return {errc::illegal_name, "'" + c->path + "' is a child of the tree"};
  c->is_dynamic = true;
  c->spec = std::move(spec);
  auto made = make(*c);
  if (!made) {
    if (escalate_if_fatal(*c, made.error()))
      reconcile();
    return made.error();
  }
  c->spec.factory = nullptr; // it is called only once: free what it holds
  c->stage = phase::running;
  tree_.actors->add(c->path, "");
  watch(*c, *made);
  tree_.actors->set_running(c->path, tree_.log->now_ms());
  dynamics_.emplace(c->spec.name, std::move(c));
  return made;
}

/// Ends the life of `c`.
void supervisor_state::remove_dynamic(child& c) {
  tree_.actors->remove(c.path);
  dynamics_.erase(std::string{c.spec.name});
}

/// Asks all dynamic children to end, at once; true while some are there.
bool supervisor_state::stop_dynamics() {
  if (dynamics_.empty()) {
    stop_dynamics_wanted_ = false;
    dynamics_deadline_.reset();
    dynamics_killed_ = false;
    return false;
  }
  if (dynamics_deadline_)
    return true;
  milliseconds longest{0};
  for (auto& [key, c] : dynamics_) {
    c->stage = phase::stopping;
    longest = std::max(longest, c->spec.stop_timeout);
    self_->send_exit(c->handle, caf::exit_reason::user_shutdown);
  }
  dynamics_deadline_ = clock_now() + longest;
  wake_at(*dynamics_deadline_);
  return true;
}

void supervisor_state::dynamics_became_late(time_point now) {
  if (!std::exchange(dynamics_killed_, true)) {
    for (auto& [key, c] : dynamics_) {
      log(event_kind::stop, c->path, "it did not end in time", "kill");
      caf::anon_send_exit(c->handle, caf::exit_reason::kill);
    }
    dynamics_deadline_ = now + kill_timeout;
    return;
  }
  const auto path = dynamics_.begin()->second->path;
  for (auto& [key, c] : dynamics_) {
    by_id_.erase(c->handle.id());
    tree_.actors->remove(c->path);
  }
  dynamics_.clear();
  escalate({errc::gave_up, path + ": " + hangs_text});
}

} // namespace apogee::supervision
