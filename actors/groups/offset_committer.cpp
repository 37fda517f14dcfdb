#include "actors/groups/offset_committer.hpp"

#include "actors/groups/group_encoding.hpp"

#include <caf/system_messages.hpp>

#include <algorithm>
#include <iterator>

namespace apogee::groups {

void offset_committer_state::open(offset_committer_options options) {
  options_ = std::move(options);
  self_->set_exit_handler([this](const caf::exit_msg& exit) {
    commit_all();
    self_->quit(exit.reason);
  });
  self_->delayed_send(self_, options_.interval, commit_atom::value);
}

caf::result<log_position>
offset_committer_state::commit(const std::string& group) {
  auto promise = self_->make_response_promise<log_position>();
  auto& entry = groups_[group];
  // A record that is under way may have been made before this was asked.
  entry.waits.push_back(
    {entry.round + 1, answer{static_cast<caf::response_promise&>(promise)}});
  write(group, entry);
  return promise;
}

void offset_committer_state::commit_all() {
  for (const auto& group : options_.offsets->dirty_groups())
    groups_.try_emplace(group);
  for (auto& [group, entry] : groups_)
    write(group, entry);
}

void offset_committer_state::write(const std::string& group,
                                   group_entry& entry) {
  // One record of a group at a time, so that an older one never comes last.
  if (entry.is_running)
    return;
  const auto offsets = options_.offsets->of(group);
  const auto log = options_.log();
  if (!offsets || !log)
    return; // the next look at all groups tries again
  entry.is_running = true;
  ++entry.round;
  (*offsets)->with_dirty([&](std::vector<core::queue_commit> commits) {
    const auto take = [this, group, offsets = *offsets,
                       commits](log_position end) {
      offsets->recorded(commits);
      finished(group, end);
    };
    const auto fail = [this, group](const caf::error& why) {
      finished(group, to_failure(why));
    };
    if (commits.empty())
      self_->request(*log, caf::infinite, barrier_atom::value).then(take, fail);
    else
      self_->request(*log, caf::infinite, make_commit_record(group, commits))
        .then(take, fail);
  });
}

void offset_committer_state::finished(const std::string& group,
                                      const result<log_position>& written) {
  auto& entry = groups_.at(group);
  entry.is_running = false;
  if (!written) {
    for (auto& x : entry.waits)
      x.round = std::max(x.round, entry.round + 1);
    return; // the next look at all groups tries again
  }
  const auto due = std::stable_partition(
    entry.waits.begin(), entry.waits.end(),
    [&](const waiting& x) { return x.round > entry.round; });
  std::vector<waiting> answered{std::make_move_iterator(due),
                                std::make_move_iterator(entry.waits.end())};
  entry.waits.erase(due, entry.waits.end());
  if (entry.waits.empty())
    groups_.erase(group);
  else
    write(group, entry);
  for (auto& x : answered)
    x.reply.give(*written);
}

offset_committer_actor::behavior_type offset_committer(
  offset_committer_actor::stateful_pointer<offset_committer_state> self,
  offset_committer_options options) {
  self->state.open(std::move(options));
  auto* state = &self->state;
  return {[state, self, interval = options.interval](commit_atom) {
            state->commit_all();
            self->delayed_send(self, interval, commit_atom::value);
          },
          [state](commit_atom, const std::string& group) {
            return state->commit(group);
          }};
}

} // namespace apogee::groups
