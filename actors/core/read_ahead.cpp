#include "actors/core/read_ahead.hpp"

#include <algorithm>

namespace apogee::core {

std::optional<read_ahead::part> read_ahead::before(log_position position,
                                                   log_position written) {
  const log_position wanted{
    std::min(position.value + 2 * distance_bytes, written.value)};
  // Reads that go on stand behind what was asked for by twice the distance at
  // the most.
  const bool is_elsewhere =
    position.value + 2 * distance_bytes < until_.value || position > until_;
  if (is_elsewhere)
    until_ = position;
  else if (wanted.value < until_.value + distance_bytes)
    return {};
  const part next{until_, wanted};
  until_ = wanted;
  return next;
}

} // namespace apogee::core
