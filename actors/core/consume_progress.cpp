#include "actors/core/consume_progress.hpp"

#include <algorithm>
#include <iterator>

namespace apogee::core {

void consume_progress::hand_out_until(queue_offset end) {
  high_ = std::max(high_, end);
}

void consume_progress::finish(queue_offset begin, queue_offset end) {
  begin = std::max(begin, low_);
  end = std::min(end, high_);
  if (begin >= end)
    return;
  auto next = finished_.upper_bound(begin);
  if (next != finished_.begin()) {
    const auto previous = std::prev(next);
    if (previous->second >= begin) {
      begin = previous->first;
      end = std::max(end, previous->second);
      finished_.erase(previous);
    }
  }
  while (next != finished_.end() && next->first <= end) {
    end = std::max(end, next->second);
    next = finished_.erase(next);
  }
  if (begin == low_)
    low_ = end;
  else
    finished_.emplace(begin, end);
}

} // namespace apogee::core
