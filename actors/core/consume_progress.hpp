#pragma once

#include "messages/ids.hpp"

#include <cstdint>
#include <map>

namespace apogee::core {

/// How far a consumer has come in one queue: messages are handed out in order
/// and finished in any order; what may be committed is the lowest offset that
/// is not finished.
class consume_progress {
public:
  explicit consume_progress(queue_offset start) : low_(start), high_(start) {}

  /// The messages before `end` are handed out, or never existed.
  void hand_out_until(queue_offset end);

  /// The messages of [begin, end) are finished. Ranges may be reported twice.
  void finish(queue_offset begin, queue_offset end);

  /// Offset that may be committed.
  queue_offset committable() const { return low_; }

  /// Next offset to hand out.
  queue_offset next() const { return high_; }

  /// Messages between the two: handed out and not all finished.
  std::uint64_t span() const { return high_.value - low_.value; }

private:
  queue_offset low_;
  queue_offset high_;
  std::map<queue_offset, queue_offset> finished_; // begin → end, beyond low_
};

} // namespace apogee::core
