#include "actors/core/committed_offsets.hpp"

namespace apogee::core {

std::optional<queue_offset> committed_offsets::find(queue_id queue) const {
  std::lock_guard guard{mutex_};
  const auto found = offsets_.find(queue);
  if (found == offsets_.end())
    return {};
  return found->second;
}

std::map<queue_id, queue_offset> committed_offsets::all() const {
  std::lock_guard guard{mutex_};
  return offsets_;
}

bool committed_offsets::has_topic(topic_id topic) const {
  std::lock_guard guard{mutex_};
  const auto first = offsets_.lower_bound({topic, 0});
  return first != offsets_.end() && first->first.topic == topic;
}

void committed_offsets::set(queue_id queue, queue_offset offset) {
  std::lock_guard guard{mutex_};
  const auto known = offsets_.find(queue);
  if (known == offsets_.end() || known->second != offset)
    put(queue, offset);
}

void committed_offsets::advance(queue_id queue, queue_offset offset) {
  std::lock_guard guard{mutex_};
  const auto known = offsets_.find(queue);
  if (known == offsets_.end() || known->second < offset)
    put(queue, offset);
}

void committed_offsets::put(queue_id queue, queue_offset offset) {
  if (is_suspended_)
    return;
  offsets_[queue] = offset;
  dirty_.insert(queue);
}

void committed_offsets::forget(topic_id topic) {
  std::lock_guard guard{mutex_};
  std::erase_if(offsets_,
                [&](const auto& x) { return x.first.topic == topic; });
  std::erase_if(dirty_, [&](queue_id x) { return x.topic == topic; });
}

void committed_offsets::suspend() {
  std::lock_guard guard{mutex_};
  is_suspended_ = true;
}

void committed_offsets::resume() {
  std::lock_guard guard{mutex_};
  is_suspended_ = false;
}

void committed_offsets::clear() {
  std::lock_guard guard{mutex_};
  is_suspended_ = false;
  offsets_.clear();
  dirty_.clear();
}

bool committed_offsets::is_dirty() const {
  std::lock_guard guard{mutex_};
  return !is_suspended_ && !dirty_.empty();
}

std::vector<queue_commit> committed_offsets::dirty() const {
  std::lock_guard guard{mutex_};
  return list_dirty();
}

void committed_offsets::with_dirty(
  const std::function<void(std::vector<queue_commit>)>& send) const {
  std::lock_guard guard{mutex_};
  send(list_dirty());
}

std::vector<queue_commit> committed_offsets::list_dirty() const {
  std::vector<queue_commit> commits;
  if (is_suspended_)
    return commits;
  commits.reserve(dirty_.size());
  for (const auto queue : dirty_)
    commits.emplace_back(queue, offsets_.at(queue));
  return commits;
}

void committed_offsets::recorded(const std::vector<queue_commit>& commits) {
  std::lock_guard guard{mutex_};
  for (const auto& [queue, offset] : commits)
    if (const auto known = offsets_.find(queue);
        known != offsets_.end() && known->second == offset)
      dirty_.erase(queue);
}

result<std::shared_ptr<committed_offsets>>
offset_table::of(const std::string& group) {
  std::lock_guard guard{mutex_};
  if (const auto known = groups_.find(group); known != groups_.end())
    return known->second;
  const auto recorded = load_(group);
  if (!recorded)
    return recorded.error();
  auto offsets = std::make_shared<committed_offsets>(*recorded);
  groups_.emplace(group, offsets);
  return offsets;
}

result<std::optional<queue_offset>> offset_table::find(const std::string& group,
                                                       queue_id queue) {
  std::lock_guard guard{mutex_};
  if (const auto known = groups_.find(group); known != groups_.end())
    return known->second->find(queue);
  const auto recorded = load_(group);
  if (!recorded)
    return recorded.error();
  if (recorded->empty())
    return std::optional<queue_offset>{};
  auto offsets = std::make_shared<committed_offsets>(*recorded);
  groups_.emplace(group, offsets);
  return offsets->find(queue);
}

std::vector<std::string> offset_table::dirty_groups() const {
  std::lock_guard guard{mutex_};
  std::vector<std::string> names;
  for (const auto& [name, offsets] : groups_)
    if (offsets->is_dirty())
      names.push_back(name);
  return names;
}

void offset_table::forget(topic_id topic) {
  std::lock_guard guard{mutex_};
  for (const auto& [name, offsets] : groups_)
    offsets->forget(topic);
}

} // namespace apogee::core
