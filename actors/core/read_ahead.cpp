#include "actors/core/read_ahead.hpp"

#include <algorithm>

namespace apogee::core {

std::optional<read_ahead::range> read_ahead::before(log_position position,
                                                    log_position written,
                                                    clock::time_point now) {
  const auto current = position.value / part_bytes;
  std::lock_guard guard{mutex_};
  const auto next_is_new = is_new(current + 1, now);
  const auto current_is_new = is_new(current, now);
  const auto first = current_is_new ? current : current + 1;
  const auto behind = next_is_new ? current + 2 : current + 1;
  const range wanted{{first * part_bytes},
                     {std::min(behind * part_bytes, written.value)}};
  if (wanted.begin >= wanted.end)
    return {};
  return wanted;
}

bool read_ahead::covers(log_position begin, log_position end,
                        log_position written, clock::time_point now) {
  const auto current = begin.value / part_bytes;
  const auto behind = (current + 2) * part_bytes;
  if (end.value > behind || behind > written.value)
    return false;
  std::lock_guard guard{mutex_};
  return is_known(current, now) && is_known(current + 1, now);
}

/// It goes to the front: what is in use is not forgotten.
bool read_ahead::is_known(std::uint64_t number, clock::time_point now) {
  const auto found =
    std::find_if(asked_.begin(), asked_.end(),
                 [&](const auto& part) { return part.number == number; });
  if (found == asked_.end())
    return false;
  if (now - found->time > trust) {
    asked_.erase(found);
    return false;
  }
  std::rotate(asked_.begin(), found, found + 1);
  return true;
}

bool read_ahead::is_new(std::uint64_t number, clock::time_point now) {
  if (is_known(number, now))
    return false;
  if (asked_.size() >= parts_max)
    asked_.pop_back();
  asked_.insert(asked_.begin(), {number, now});
  return true;
}

} // namespace apogee::core
