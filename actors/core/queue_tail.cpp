#include "actors/core/queue_tail.hpp"

#include "messages/errors.hpp"

namespace apogee::core {

queue_tail::queue_tail(queue_offset next)
  : first_(next), visible_(next), next_(next) {}

queue_offset queue_tail::assign(std::uint32_t count) {
  const auto given = next_;
  next_.value += count;
  return given;
}

void queue_tail::rewind(queue_offset first) {
  APOGEE_CHECK(first >= written_end() && first <= next_);
  next_ = first;
}

void queue_tail::written(const std::vector<entry>& entries) {
  APOGEE_CHECK(written_end().value + entries.size() <= next_.value);
  entries_.insert(entries_.end(), entries.begin(), entries.end());
}

bool queue_tail::advance(log_position flushed) {
  const auto before = visible_;
  while (visible_ < written_end()) {
    const auto& item = entries_[visible_.value - first_.value];
    const auto needs_flush = item.level >= ack_level::disk;
    if (needs_flush && item.position.value + item.size_bytes > flushed.value)
      break;
    ++visible_.value;
  }
  return visible_ != before;
}

void queue_tail::evict(log_position applied) {
  while (!entries_.empty() && first_ < visible_
         && entries_.front().position.value + entries_.front().size_bytes
              <= applied.value) {
    entries_.pop_front();
    ++first_.value;
  }
}

std::vector<queue_tail::located>
queue_tail::find(queue_offset from, std::uint32_t count_max) const {
  std::vector<located> found;
  if (from < first_)
    return found;
  for (auto at = from; at < visible_ && found.size() < count_max; ++at.value) {
    const auto& item = entries_[at.value - first_.value];
    found.push_back({at, item.position, item.size_bytes, item.tag_hash});
  }
  return found;
}

} // namespace apogee::core
