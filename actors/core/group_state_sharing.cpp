#include "actors/core/assignment.hpp"
#include "actors/core/group_state.hpp"

#include <algorithm>

/// Whose a queue is: the part of a group_state that shares them out.
namespace apogee::core {

group_effects
group_state::rocketmq_listed(const std::vector<rocketmq_member>& all,
                             instant now) {
  rocketmq_.clear();
  bool list_topics = false;
  for (const auto& member : all) {
    if (member.is_broadcasting)
      continue;
    rocketmq_[member.id] = member.topics;
    for (const auto& topic : member.topics)
      list_topics |= !knows_topic(topic);
  }
  rebalance(now);
  auto effects = finish(now);
  effects.list_topics = list_topics;
  return effects;
}

void group_state::choose_targets(instant now) {
  // RocketMQ's members do not ask who subscribes to what: all members of a
  // group are taken to want the same topics.
  std::vector<const std::string*> everybody;
  std::map<std::string, std::vector<const std::string*>> subscribers;
  if (rocketmq_.empty()) {
    for (const auto& [id, member] : members_)
      for (const auto& topic : member.member.topics)
        subscribers[topic].push_back(&id);
  } else {
    for (const auto& [id, member] : members_)
      everybody.push_back(&id);
    for (const auto& [id, topics] : rocketmq_)
      if (!members_.contains(id))
        everybody.push_back(&id);
    std::sort(everybody.begin(), everybody.end(),
              [](const auto* a, const auto* b) { return *a < *b; });
  }
  for (const auto& [id, topic] : topics_) {
    const auto& sharing =
      rocketmq_.empty() ? subscribers[topic.name] : everybody;
    const auto owners = averagely(topic.read_queues, sharing.size());
    for (std::uint32_t number = 0; number < topic.queues; ++number)
      give_to({id, number},
              number < owners.size() ? *sharing[owners[number]] : std::string{},
              now);
  }
}

/// The queue should be that member's, of whichever kind.
void group_state::give_to(queue_id queue, const std::string& whose,
                          instant now) {
  auto& entry = queues_.at(queue);
  if (const auto native = members_.find(whose); native != members_.end()) {
    const auto& topics = native->second.member.topics;
    const auto is_subscribed = std::binary_search(topics.begin(), topics.end(),
                                                  topics_.at(queue.topic).name);
    entry.target = is_subscribed ? whose : std::string{};
  } else {
    entry.target.clear();
    if (!whose.empty()) {
      entry.rocketmq = whose;
      entry.rocketmq_until.reset();
      leaving_.erase(queue);
      return;
    }
  }
  if (entry.rocketmq.empty())
    return;
  if (!rocketmq_.contains(entry.rocketmq)) {
    end_rocketmq(queue);
  } else if (!entry.rocketmq_until) {
    entry.rocketmq_until = now + rocketmq_grace;
    leaving_.insert(queue);
  }
}

/// No RocketMQ member reads the queue any more.
void group_state::end_rocketmq(queue_id queue) {
  auto& entry = queues_.at(queue);
  entry.rocketmq.clear();
  entry.rocketmq_until.reset();
  leaving_.erase(queue);
  questions_due_ = true;
}

void group_state::rebalance(instant now) {
  choose_targets(now);
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

// -- looking -----------------------------------------------------------------

std::vector<group_state::queue_view> group_state::queues() const {
  std::vector<queue_view> out;
  out.reserve(queues_.size());
  for (const auto& [queue, entry] : queues_)
    out.push_back({topics_.at(queue.topic).name, queue, offsets_->find(queue),
                   entry.owner.empty() ? entry.rocketmq : entry.owner});
  return out;
}

bool group_state::is_ordered() const {
  return std::any_of(members_.begin(), members_.end(),
                     [](const auto& x) { return x.second.member.ordered; });
}

} // namespace apogee::core
