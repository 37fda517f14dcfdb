#include "actors/core/group_state.hpp"
#include "messages/names.hpp"

#include <algorithm>

namespace apogee::core {

// -- topics ------------------------------------------------------------------

group_effects group_state::topics_listed(const std::vector<topic_info>& all,
                                         instant now) {
  std::set<topic_id> listed;
  for (const auto& topic : all) {
    listed.insert(topic.id);
    update_topic(topic, false);
  }
  std::vector<topic_id> gone;
  for (const auto& [id, topic] : topics_)
    if (!listed.contains(id))
      gone.push_back(id);
  for (const auto id : gone)
    drop_topic(id);
  rebalance(now);
  return finish(now);
}

group_effects
group_state::topics_changed(const std::vector<topic_info>& changed,
                            instant now) {
  bool concerned = false;
  for (const auto& topic : changed)
    concerned |= update_topic(topic, true);
  if (!concerned)
    return {};
  rebalance(now);
  return finish(now);
}

bool group_state::update_topic(const topic_info& topic, bool appeared) {
  const auto known = topics_by_name_.find(topic.name);
  const bool same = known != topics_by_name_.end() && known->second == topic.id;
  if (topic.deleted) {
    if (same)
      drop_topic(topic.id);
    return same;
  }
  if (known != topics_by_name_.end() && !same)
    drop_topic(known->second);
  if (!same && !is_wanted(topic))
    return known != topics_by_name_.end();
  adopt(topic, appeared);
  return true;
}

bool group_state::is_wanted(const topic_info& topic) const {
  if (offsets_->has_topic(topic.id) || watched_.contains(topic.name))
    return true;
  return std::any_of(
           rocketmq_.begin(), rocketmq_.end(),
           [&](const auto& x) { return x.second.contains(topic.name); })
         || std::any_of(members_.begin(), members_.end(), [&](const auto& x) {
              const auto& topics = x.second.member.topics;
              return std::binary_search(topics.begin(), topics.end(),
                                        topic.name);
            });
}

void group_state::adopt(const topic_info& topic, bool appeared) {
  topics_[topic.id] = topic;
  topics_by_name_[topic.name] = topic.id;
  // The group has read this topic before: a queue without an offset is newer
  // than that, and nothing in it must be skipped. Nor must what a group gave
  // back before it read its retry topic.
  const bool read_before = offsets_->has_topic(topic.id)
                           || queues_.contains({topic.id, 0})
                           || topic.name.starts_with(retry_topic_prefix);
  for (std::uint32_t number = 0; number < topic.queues; ++number) {
    const queue_id queue{topic.id, number};
    const auto [place, is_new] = queues_.try_emplace(queue);
    if (!is_new)
      continue;
    place->second.from_earliest = appeared || read_before;
    place->second.end_known = offsets_->find(queue).value_or(queue_offset{});
  }
  std::vector<queue_id> beyond;
  for (auto place = queues_.lower_bound({topic.id, topic.queues});
       place != queues_.end() && place->first.topic == topic.id; ++place)
    beyond.push_back(place->first);
  for (const auto queue : beyond)
    drop_queue(queue);
}

void group_state::drop_topic(topic_id topic) {
  std::vector<queue_id> queues;
  for (auto place = queues_.lower_bound({topic, 0});
       place != queues_.end() && place->first.topic == topic; ++place)
    queues.push_back(place->first);
  for (const auto queue : queues)
    drop_queue(queue);
  offsets_->forget(topic);
  const auto known = topics_.find(topic);
  topics_by_name_.erase(known->second.name);
  topics_.erase(known);
}

void group_state::drop_queue(queue_id queue) {
  free_queue(queue);
  waiting_.erase(queue);
  resolving_.erase(queue);
  unverified_.erase(queue);
  leaving_.erase(queue);
  queues_.erase(queue);
}

// -- offsets -----------------------------------------------------------------

void group_state::take_offset(queue_entry& entry, queue_id queue,
                              queue_offset offset) {
  if (entry.unverified && offset <= *entry.unverified)
    return;
  if (offset <= entry.end_known) {
    verify(entry, queue, offset);
  } else {
    entry.unverified = offset;
    unverified_.insert(queue);
  }
}

/// The queue is that long.
void group_state::verify(queue_entry& entry, queue_id queue,
                         queue_offset offset) {
  entry.unverified.reset();
  unverified_.erase(queue);
  offsets_->advance(queue, offset);
}

group_effects group_state::ends_answered(queue_id queue, const queue_ends& ends,
                                         instant now) {
  const auto place = queues_.find(queue);
  if (place == queues_.end() || !place->second.asked)
    return {};
  auto& entry = place->second;
  entry.asked = false;
  resolving_.erase(queue);
  entry.end_known = std::max(entry.end_known, ends.max);
  group_effects effects;
  if (!offsets_->find(queue)) {
    const auto start = entry.asked_start.from;
    offsets_->advance(
      queue, entry.from_earliest || start == schema::StartFrom::EARLIEST
               ? ends.min
             : start == schema::StartFrom::LATEST ? ends.max
                                                  : ends.at_time);
  } else if (entry.unverified) {
    if (*entry.unverified <= entry.end_known)
      verify(entry, queue, *entry.unverified);
    else if (*entry.unverified <= entry.asked_for)
      // More than there is was reported: what is there counts.
      verify(entry, queue, entry.end_known);
    else
      ask(queue, entry, effects);
  }
  return finish(now, std::move(effects));
}

group_effects group_state::ends_failed(queue_id queue, instant now) {
  const auto place = queues_.find(queue);
  if (place == queues_.end())
    return {};
  place->second.asked = false;
  resolving_.erase(queue);
  if (!retry_at_)
    retry_at_ = now + question_retry;
  return finish(now);
}

group_effects group_state::reset(const std::vector<queue_commit>& offsets,
                                 instant now) {
  for (const auto& [queue, offset] : offsets)
    reset_queue(queue, offset, now);
  return finish(now);
}

void group_state::reset_queue(queue_id queue, queue_offset offset,
                              instant now) {
  const auto place = queues_.find(queue);
  if (place == queues_.end())
    return;
  auto& entry = place->second;
  entry.end_known = std::max(entry.end_known, offset);
  entry.unverified.reset();
  unverified_.erase(queue);
  offsets_->set(queue, offset);
  // An answer that is still under way was asked for what no longer counts.
  entry.asked = false;
  resolving_.erase(queue);
  if (!entry.owner.empty()) {
    if (!entry.releasing)
      start_release(queue, entry, now);
    entry.frozen = true;
  }
  commit_now_ = true;
}

} // namespace apogee::core
