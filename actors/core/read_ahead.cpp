#include "actors/core/read_ahead.hpp"

#include <algorithm>

namespace apogee::core {

std::optional<read_ahead::part> read_ahead::before(log_position position,
                                                   log_position written) {
  const log_position wanted{
    std::min(position.value + 2 * distance_bytes, written.value)};
  // Reads that go on stand behind what was asked for by twice the distance at
  // the most.
  const auto stream =
    std::find_if(streams_.begin(), streams_.end(), [&](log_position until) {
      return position <= until
             && until.value <= position.value + 2 * distance_bytes;
    });
  const auto goes_on = stream != streams_.end();
  if (goes_on) {
    std::rotate(streams_.begin(), stream, stream + 1);
  } else {
    if (streams_.size() >= streams_max)
      streams_.pop_back();
    streams_.insert(streams_.begin(), position);
  }
  auto& until = streams_.front();
  if (goes_on && wanted.value < until.value + distance_bytes)
    return {};
  const part next{until, wanted};
  until = wanted;
  return next;
}

} // namespace apogee::core
