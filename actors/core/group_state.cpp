#include "actors/core/group_state.hpp"

#include "actors/core/assignment.hpp"

#include <algorithm>

namespace apogee::core {

group_state::group_state(group_timing timing, std::uint64_t first_generation,
                         std::shared_ptr<committed_offsets> offsets)
  : timing_(timing), generation_(first_generation),
    offsets_(std::move(offsets)) {}

// -- members -----------------------------------------------------------------

result<group_effects> group_state::join(group_member member, instant now) {
  const auto id = member.id;
  if (!members_.contains(id) && members_.size() >= members_max)
    return {errc::busy, "the group has " + std::to_string(members_max)
                          + " members and takes no more"};
  std::sort(member.topics.begin(), member.topics.end());
  member.topics.erase(std::unique(member.topics.begin(), member.topics.end()),
                      member.topics.end());
  auto& entry = members_[id];
  entry.member = std::move(member);
  entry.last_seen = now;
  changed_.insert(id);
  rebalance(now);
  auto effects = finish(now);
  effects.list_topics =
    std::any_of(entry.member.topics.begin(), entry.member.topics.end(),
                [&](const std::string& x) { return !knows_topic(x); });
  return effects;
}

result<group_state::report_outcome>
group_state::report(const member_report& report, instant now) {
  const auto found = members_.find(report.member);
  if (found == members_.end())
    return {errc::unknown_member, "'" + report.member
                                    + "' is not a member of the group (any "
                                      "more); join it again"};
  auto& member = found->second;
  member.last_seen = now;
  // A generation that was never sent to this member is one of an earlier
  // coordinator of the group and says nothing about this one's queues. The
  // member takes over only what is newer, so it gets that.
  auto generation = report.generation;
  if (generation > member.sent) {
    generation_ = std::max(generation_, std::min(generation, generation_max));
    changed_.insert(report.member);
    generation = 0;
  }
  report_outcome outcome;
  for (const auto& [topic, number, offset] : report.offsets) {
    const auto known = topics_by_name_.find(topic);
    if (known == topics_by_name_.end())
      continue;
    const queue_id queue{known->second, number};
    const auto place = queues_.find(queue);
    if (place == queues_.end())
      continue;
    auto& entry = place->second;
    if (entry.owner != report.member || generation < entry.granted_in
        || entry.frozen)
      continue;
    take_offset(entry, queue, offset);
    ++outcome.accepted;
  }
  const auto releasing = member.releasing;
  for (const auto queue : releasing)
    if (generation >= queues_.at(queue).release_generation)
      free_queue(queue);
  if (report.leaving) {
    remove_member(report.member);
    rebalance(now);
    commit_now_ = true;
  } else if (generation < member.sent && !changed_.contains(report.member)
             && member.sent_at + timing_.release_timeout <= now) {
    member.sent_at = now;
    outcome.effects.assignments.push_back(
      make_assignment(report.member, member));
  }
  ask_unverified(outcome.effects);
  outcome.effects = finish(now, std::move(outcome.effects));
  return outcome;
}

group_effects group_state::remove(const std::string& member, instant now) {
  if (!members_.contains(member))
    return {};
  remove_member(member);
  rebalance(now);
  return finish(now);
}

group_effects group_state::tick(instant now) {
  group_effects effects;
  const auto patience = heartbeats_missed_max * timing_.heartbeat_interval;
  std::vector<queue_id> overdue;
  for (const auto& [id, member] : members_) {
    if (member.last_seen + patience <= now)
      effects.dead.push_back(id);
    for (const auto queue : member.releasing)
      if (queues_.at(queue).release_deadline <= now)
        overdue.push_back(queue);
  }
  for (const auto queue : overdue)
    free_queue(queue);
  for (const auto& id : effects.dead)
    remove_member(id);
  if (!effects.dead.empty())
    rebalance(now);
  if (retry_at_ && *retry_at_ <= now) {
    retry_at_.reset();
    questions_due_ = true;
    ask_unverified(effects);
  }
  return finish(now, std::move(effects));
}

std::optional<group_state::instant> group_state::next_deadline() const {
  auto earliest = retry_at_;
  const auto consider = [&](instant at) {
    if (!earliest || at < *earliest)
      earliest = at;
  };
  for (const auto& [id, member] : members_) {
    consider(member.last_seen
             + heartbeats_missed_max * timing_.heartbeat_interval);
    for (const auto queue : member.releasing)
      consider(queues_.at(queue).release_deadline);
  }
  return earliest;
}

// -- changing hands ----------------------------------------------------------

void group_state::remove_member(const std::string& id) {
  const auto owned = members_.at(id).owned;
  for (const auto queue : owned)
    free_queue(queue);
  members_.erase(id);
  changed_.erase(id);
}

void group_state::free_queue(queue_id queue) {
  auto& entry = queues_.at(queue);
  if (entry.owner.empty())
    return;
  auto& owner = members_.at(entry.owner);
  owner.owned.erase(queue);
  // Who was told already need not be told again.
  if (owner.releasing.erase(queue) == 0)
    changed_.insert(entry.owner);
  entry.owner.clear();
  entry.releasing = entry.frozen = false;
  commit_now_ = true;
  if (!entry.target.empty()) {
    waiting_.insert(queue);
    questions_due_ = true;
  }
}

void group_state::start_release(queue_id queue, queue_entry& entry,
                                instant now) {
  entry.releasing = true;
  entry.release_generation = next_generation();
  entry.release_deadline = now + timing_.release_timeout;
  members_.at(entry.owner).releasing.insert(queue);
  changed_.insert(entry.owner);
}

void group_state::choose_targets() {
  std::map<std::string, std::vector<const std::string*>> subscribers;
  for (const auto& [id, member] : members_)
    for (const auto& topic : member.member.topics)
      subscribers[topic].push_back(&id);
  for (const auto& [id, topic] : topics_) {
    const auto found = subscribers.find(topic.name);
    const auto owners = averagely(
      topic.read_queues, found == subscribers.end() ? 0 : found->second.size());
    auto place = queues_.lower_bound({id, 0});
    for (std::uint32_t number = 0; number < topic.queues; ++number, ++place)
      place->second.target =
        number < owners.size() ? *found->second[owners[number]] : std::string{};
  }
}

void group_state::rebalance(instant now) {
  choose_targets();
  waiting_.clear();
  questions_due_ = true;
  for (auto& [queue, entry] : queues_) {
    if (entry.owner.empty()) {
      if (!entry.target.empty())
        waiting_.insert(queue);
    } else if (!entry.releasing && entry.owner != entry.target) {
      start_release(queue, entry, now);
    }
  }
  std::erase_if(resolving_, [&](queue_id x) { return !waiting_.contains(x); });
}

bool group_state::is_ready(queue_id queue, const queue_entry& entry) const {
  return !entry.unverified && offsets_->find(queue);
}

void group_state::ask(queue_id queue, queue_entry& entry,
                      group_effects& effects) {
  if (entry.asked || retry_at_)
    return;
  entry.asked = true;
  if (waiting_.contains(queue))
    resolving_.insert(queue);
  entry.asked_for = entry.unverified.value_or(queue_offset{});
  std::int64_t time_ms = -1;
  if (!entry.target.empty() && !offsets_->find(queue)) {
    entry.asked_start = members_.at(entry.target).member.start;
    if (entry.asked_start.from == schema::StartFrom::TIME)
      time_ms = entry.asked_start.time_ms;
  }
  effects.questions.push_back({queue, topics_.at(queue.topic).name, time_ms});
}

void group_state::ask_unverified(group_effects& effects) {
  for (const auto queue : unverified_)
    ask(queue, queues_.at(queue), effects);
}

void group_state::grant(queue_id queue) {
  auto& entry = queues_.at(queue);
  entry.owner = entry.target;
  entry.granted_in = next_generation();
  members_.at(entry.owner).owned.insert(queue);
  changed_.insert(entry.owner);
  commit_now_ = true;
}

group_effects group_state::finish(instant now, group_effects effects) {
  if (std::exchange(questions_due_, false))
    for (const auto queue : waiting_)
      if (auto& entry = queues_.at(queue); !is_ready(queue, entry))
        ask(queue, entry, effects);
  // All queues whose offsets are being asked for are given out together, so
  // that a member of a large group gets one assignment and not thousands.
  if (resolving_.empty())
    std::erase_if(waiting_, [&](queue_id queue) {
      if (!is_ready(queue, queues_.at(queue)))
        return false;
      grant(queue);
      return true;
    });
  if (!changed_.empty()) {
    ++generation_;
    for (const auto& id : changed_) {
      auto& member = members_.at(id);
      member.sent = generation_;
      member.sent_at = now;
      effects.assignments.push_back(make_assignment(id, member));
    }
    changed_.clear();
  }
  effects.commit_now |=
    std::exchange(commit_now_, false) && offsets_->is_dirty();
  return effects;
}

group_effects::assignment
group_state::make_assignment(const std::string& id,
                             const member_entry& member) const {
  group_effects::assignment out{id, member.sent, {}};
  for (const auto queue : member.owned) {
    const auto& entry = queues_.at(queue);
    if (!entry.releasing)
      out.queues.push_back({topics_.at(queue.topic).name, queue.number,
                            offsets_->find(queue).value_or(queue_offset{})});
  }
  return out;
}

// -- looking -----------------------------------------------------------------

std::vector<group_state::queue_view> group_state::queues() const {
  std::vector<queue_view> out;
  out.reserve(queues_.size());
  for (const auto& [queue, entry] : queues_)
    out.push_back({topics_.at(queue.topic).name, queue, offsets_->find(queue),
                   entry.owner});
  return out;
}

bool group_state::is_ordered() const {
  return std::any_of(members_.begin(), members_.end(),
                     [](const auto& x) { return x.second.member.ordered; });
}

} // namespace apogee::core
