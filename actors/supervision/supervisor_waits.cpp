#include "actors/supervision/supervisor_state.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <exception>
#include <utility>

/// The rest of supervisor_state: waiting for those that do not end, and small
/// things.
namespace apogee::supervision {

/// The supervisor `c` has failed, and what was below it is being killed: a new
/// one must not find the old ones at work on the same files.
void supervisor_state::wait_for_orphans(child& c) {
  for (auto& orphan : tree_.actors->handles_below(c.path)) {
    by_id_[orphan.id()] = &c;
    self_->monitor(orphan);
    caf::anon_send_exit(orphan, caf::exit_reason::kill);
    c.orphans.emplace(orphan.id(), std::move(orphan));
  }
  tree_.actors->remove_below(c.path);
  if (c.orphans.empty())
    return;
  c.stage = phase::stopping;
  c.killed = true;
  c.deadline = clock_now() + kill_timeout;
  wake_at(*c.deadline);
}

void supervisor_state::orphan_ended(child& c, const failure& why) {
  escalate_if_fatal(c, why);
  if (!c.orphans.empty())
    return;
  // A supervisor among them may have started others just before it ended.
  wait_for_orphans(c);
  if (c.orphans.empty())
    finish_stop(c, {});
}

void supervisor_state::became_late(child& c, time_point now) {
  if (c.killed) {
    leave_behind(c);
    return;
  }
  c.killed = true;
  c.deadline = now + kill_timeout;
  caf::anon_send_exit(c.handle, caf::exit_reason::kill);
}

/// An actor that hangs in a call does not even see that it is killed.
void supervisor_state::leave_behind(child& c) {
  if (c.handle)
    by_id_.erase(c.handle.id());
  for (auto& [id, orphan] : c.orphans)
    by_id_.erase(id);
  c.handle = nullptr;
  c.orphans.clear();
  c.stage = phase::down;
  c.told = c.killed = false;
  c.deadline.reset();
  log(event_kind::crash, c.path, hangs_text, "leave it behind");
  tree_.actors->set_stopped(c.path);
  escalate({errc::gave_up, c.path + ": " + hangs_text});
}

result<caf::actor> supervisor_state::make(const child& c) {
  const start_context context{self_->system(), tree_, c.path,
                              caf::actor_cast<caf::actor>(self_)};
  try {
    return c.spec.factory(context);
  } catch (const std::exception& e) {
    return {errc::crashed, e.what()};
  } catch (...) {
    return {errc::crashed, "an exception of unknown type"};
  }
}

void supervisor_state::watch(child& c, caf::actor handle) {
  by_id_[handle.id()] = &c;
  self_->monitor(handle);
  tree_.actors->set_handle(c.path, handle);
  c.handle = std::move(handle);
}

bool supervisor_state::is_legal_name(const std::string& name) {
  constexpr std::size_t size_max = 255;
  return !name.empty() && name.size() <= size_max
         && std::none_of(name.begin(), name.end(), [](char c) {
              return c == '/' || c == '"' || c == '\\' || c == 0x7f
                     || (c >= 0 && c <= ' ');
            });
}

/// What a supervisor passes on names its origin already.
failure supervisor_state::with_origin(const child& c, const failure& why) {
  return {why.code, c.spec.strategy ? why.text : c.path + ": " + why.text};
}

bool supervisor_state::is_fatal(errc code) const {
  return std::find(fatal_.begin(), fatal_.end(), code) != fatal_.end();
}

supervisor_state::time_point supervisor_state::clock_now() const {
  return self_->clock().now();
}

void supervisor_state::wake_at(time_point when) {
  if (next_wake_ && *next_wake_ <= when)
    return;
  next_wake_ = when;
  self_->delayed_send(self_,
                      std::max(when - clock_now(), time_point::duration{0}),
                      supervisor_tick_atom::value);
}

void supervisor_state::log(event_kind kind, const std::string& path,
                           std::string reason, std::string decision) {
  supervision_event event;
  event.kind = kind;
  event.path = path;
  event.reason = std::move(reason);
  event.decision = std::move(decision);
  event.restarts = policy_->restarts(clock_now());
  event.restarts_max = policy_->limits().restarts_max;
  tree_.log->write(std::move(event));
}

} // namespace apogee::supervision
