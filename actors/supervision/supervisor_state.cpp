#include "actors/supervision/supervisor_state.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace apogee::supervision {

namespace {

std::string in_ms(milliseconds time) {
  return std::to_string(time.count()) + "ms";
}

} // namespace

supervisor_state::~supervisor_state() {
  const auto end = [](child& c) {
    if (c.handle)
      caf::anon_send_exit(c.handle, caf::exit_reason::kill);
    for (auto& [id, orphan] : c.orphans)
      caf::anon_send_exit(orphan, caf::exit_reason::kill);
  };
  for (auto& c : statics_)
    end(*c);
  for (auto& [id, c] : dynamics_)
    end(*c);
}

void supervisor_state::open(tree_context tree, supervisor_spec spec,
                            std::string path, supervisor_place place) {
  tree_ = std::move(tree);
  path_ = std::move(path);
  place_ = std::move(place);
  policy_.emplace(spec.strategy, spec.limits.value_or(tree_.limits));
  fatal_ = std::move(spec.fatal);
  for (auto& each : spec.children) {
    APOGEE_CHECK(is_legal_name(each.name) && each.factory);
    auto c = std::make_unique<child>();
    c->path = path_ + "/" + each.name;
    for (const auto& other : statics_)
      APOGEE_CHECK(other->path != c->path);
    c->place = statics_.size();
    tree_.actors->add(c->path, each.strategy ? to_string(*each.strategy) : "");
    c->spec = std::move(each);
    statics_.push_back(std::move(c));
  }
}

// -- what the actor hears ---------------------------------------------------

void supervisor_state::on_down(const caf::down_msg& down) {
  const auto it = by_id_.find(down.source.id());
  if (it == by_id_.end())
    return;
  auto& c = *it->second;
  by_id_.erase(it);
  if (c.orphans.erase(down.source.id()) != 0) {
    orphan_ended(c, to_failure(down.reason));
  } else {
    c.handle = nullptr;
    c.deadline.reset();
    auto why = to_failure(down.reason);
    auto failed = !is_orderly(down.reason);
    if (c.stage == phase::starting && c.killed)
      why = {errc::timeout,
             "not ready within " + in_ms(c.spec.start_timeout) + "; killed"};
    else if (!failed)
      why = {errc::closed, "it ended by itself"};
    // A last flush that fails must not pass for an orderly end, nor for the end
    // of a child that is restarted with its sibling.
    if (ending_ && ending_->code == errc::none && failed && is_fatal(why.code))
      ending_ = with_origin(c, why);
    else if (!ending_ && failed && c.stage == phase::stopping)
      failed = !escalate_if_fatal(c, why);
    if (c.stage == phase::stopping && c.is_dynamic)
      forget(c, why, failed && !dynamics_killed_);
    else if (c.stage == phase::stopping)
      finish_stop(c, failed ? why : failure{});
    else
      ended(c, why, failed);
  }
  reconcile();
}

void supervisor_state::on_exit_request(const caf::exit_msg& exit) {
  if (exit.reason != caf::exit_reason::user_shutdown) {
    if (place_.is_root)
      log(event_kind::crash, path_, to_string(to_failure(exit.reason)),
          "stop the node");
    self_->quit(exit.reason);
    return;
  }
  if (!ending_)
    ending_ = failure{};
  reconcile();
}

void supervisor_state::on_ready(caf::actor_id sender) {
  const auto it = by_id_.find(sender);
  if (it == by_id_.end() || it->second->stage != phase::starting)
    return;
  set_running(*it->second);
  reconcile();
}

void supervisor_state::on_tick() {
  const auto now = clock_now();
  next_wake_.reset();
  for (auto& c : statics_)
    if (c->deadline && *c->deadline <= now)
      became_late(*c, now);
  if (dynamics_deadline_ && *dynamics_deadline_ <= now)
    dynamics_became_late(now);
  reconcile();
  for (auto& c : statics_)
    if (c->deadline)
      wake_at(*c->deadline);
  if (dynamics_deadline_)
    wake_at(*dynamics_deadline_);
}

// -- failures ---------------------------------------------------------------

void supervisor_state::ended(child& c, const failure& why, bool failed) {
  c.stage = phase::down;
  c.killed = false;
  c.deadline.reset();
  if (c.spec.strategy)
    wait_for_orphans(c);
  if (ending_) {
    forget(c, why, failed);
    return;
  }
  if (failed && escalate_if_fatal(c, why)) {
    if (c.is_dynamic)
      remove_dynamic(c);
    return;
  }
  core::restart_decision decision;
  if (!c.is_dynamic)
    decision = policy_->child_ended(c.place, statics_.size(), c.spec.kind,
                                    failed, clock_now());
  else if (failed)
    decision = policy_->dynamic_child_failed(clock_now());
  switch (decision.action) {
  case core::restart_action::restart:
    restart(c, why, decision);
    break;
  case core::restart_action::forget:
    forget(c, why, failed);
    break;
  case core::restart_action::escalate:
    log(event_kind::crash, c.path, to_string(why),
        "pass upwards: all restarts are used up");
    escalate(
      {errc::gave_up, c.path + " failed " + std::to_string(decision.restarts)
                        + " times within " + in_ms(policy_->limits().window)
                        + "; the last time: " + to_string(why)});
    if (c.is_dynamic)
      remove_dynamic(c);
    break;
  }
}

void supervisor_state::restart(child& c, const failure& why,
                               const core::restart_decision& decision) {
  log(event_kind::crash, c.path, to_string(why), core::describe(decision));
  const auto start_at = clock_now() + decision.delay;
  for (const auto place : decision.start) {
    auto& each = *statics_[place];
    each.start_at = std::max(each.start_at, start_at);
    each.finished = false;
    if (each.stage == phase::done)
      each.stage = phase::down;
    tree_.actors->set_restarting(each.path);
  }
  for (const auto place : decision.stop)
    statics_[place]->stop_wanted = true;
  // Dynamic children were started after all others.
  if (policy_->strategy() != restart_strategy::one_for_one)
    stop_dynamics_wanted_ = !dynamics_.empty();
}

void supervisor_state::forget(child& c, const failure& why, bool failed) {
  if (failed)
    log(event_kind::crash, c.path, to_string(why),
        c.is_dynamic ? "start it again on the next use" : "forget");
  else if (!c.is_dynamic)
    log(event_kind::stop, c.path, to_string(why), "");
  if (c.is_dynamic) {
    remove_dynamic(c);
    return;
  }
  c.finished = true;
  if (c.stage == phase::down)
    c.stage = phase::done;
  tree_.actors->set_stopped(c.path);
}

void supervisor_state::escalate(failure why) {
  if (ending_ && ending_->code != errc::none)
    return;
  log(place_.is_root ? event_kind::give_up : event_kind::escalate, path_,
      to_string(why),
      place_.is_root ? "stop the node" : "stop all children and fail");
  ending_ = std::move(why);
}

bool supervisor_state::escalate_if_fatal(const child& c, const failure& why) {
  if (!is_fatal(why.code))
    return false;
  log(event_kind::crash, c.path, to_string(why),
      "pass upwards: a restart does not repair it");
  escalate(with_origin(c, why));
  return true;
}

// -- steps ------------------------------------------------------------------

void supervisor_state::reconcile() {
  while (!ending_ && !stop_next() && start_next()) {
    // One step after the other, until there is something to wait for.
  }
  if (ending_)
    stop_all();
}

/// True while there is something that must end before others start.
bool supervisor_state::stop_next() {
  if (stop_dynamics_wanted_ && stop_dynamics())
    return true;
  for (auto& c : statics_)
    if (c->stage == phase::stopping)
      return true;
  const auto last = std::find_if(statics_.rbegin(), statics_.rend(),
                                 [](auto& c) { return c->stop_wanted; });
  if (last == statics_.rend())
    return false;
  auto& c = **last;
  c.stop_wanted = false;
  if (c.stage == phase::running || c.stage == phase::starting) {
    begin_stop(c);
    return true;
  }
  return stop_next();
}

/// False when all run or the next one has to wait.
bool supervisor_state::start_next() {
  for (auto& c : statics_) {
    switch (c->stage) {
    case phase::running:
    case phase::done:
      continue;
    case phase::starting:
    case phase::stopping:
      return false;
    case phase::down:
      if (clock_now() < c->start_at) {
        wake_at(c->start_at);
        return false;
      }
      start(*c);
      return true;
    }
  }
  if (!std::exchange(was_ready_, true)) {
    if (place_.is_root)
      log(event_kind::start, path_, "", "");
    if (place_.on_ready)
      place_.on_ready(self_);
  }
  return false;
}

void supervisor_state::start(child& c) {
  if (c.was_started)
    tree_.actors->count_restart(c.path);
  auto made = make(c);
  if (!made) {
    const auto why = made.error();
    ended(c, {why.code, "cannot be started: " + why.text}, true);
    c.was_started = true;
    return;
  }
  c.stage = phase::starting;
  watch(c, *made);
  if (c.spec.ready == ready_when::spawned) {
    set_running(c);
    return;
  }
  if (c.spec.start_timeout.count() > 0) {
    c.deadline = clock_now() + c.spec.start_timeout;
    wake_at(*c.deadline);
  }
}

void supervisor_state::set_running(child& c) {
  c.stage = phase::running;
  c.deadline.reset();
  tree_.actors->set_running(c.path, tree_.log->now_ms());
  log(c.was_started ? event_kind::restart : event_kind::start, c.path, "", "");
  c.was_started = true;
}

void supervisor_state::begin_stop(child& c) {
  c.stage = phase::stopping;
  c.told = true;
  c.deadline = clock_now() + c.spec.stop_timeout;
  wake_at(*c.deadline);
  self_->send_exit(c.handle, caf::exit_reason::user_shutdown);
}

void supervisor_state::finish_stop(child& c, const failure& why) {
  const auto was_told = std::exchange(c.told, false);
  const auto was_killed = std::exchange(c.killed, false);
  c.stage = c.finished ? phase::done : phase::down;
  c.deadline.reset();
  if (c.spec.strategy && was_told)
    wait_for_orphans(c);
  if (was_told)
    log(event_kind::stop, c.path,
        was_killed
          ? "killed: it did not end within " + in_ms(c.spec.stop_timeout)
        : why.code == errc::none ? ""
                                 : to_string(why),
        ending_ ? "" : "restart with its sibling");
  if (ending_)
    tree_.actors->set_stopped(c.path);
}

void supervisor_state::stop_all() {
  if (stop_dynamics())
    return;
  for (auto& c : statics_)
    if (c->stage == phase::stopping)
      return;
  for (auto c = statics_.rbegin(); c != statics_.rend(); ++c) {
    if ((*c)->stage == phase::running || (*c)->stage == phase::starting) {
      begin_stop(**c);
      return;
    }
  }
  const auto& why = *ending_;
  if (place_.is_root)
    log(event_kind::stop, path_, why.code == errc::none ? "" : to_string(why),
        "");
  self_->quit(why.code == errc::none
                ? caf::make_error(caf::exit_reason::user_shutdown)
                : make_error(why));
}

} // namespace apogee::supervision
