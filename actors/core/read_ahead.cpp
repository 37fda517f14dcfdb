#include "actors/core/read_ahead.hpp"

#include <algorithm>

namespace apogee::core {

std::optional<read_ahead::range> read_ahead::before(log_position position,
                                                    log_position written) {
  const auto current = position.value / part_bytes;
  std::lock_guard guard{mutex_};
  const auto next_is_new = is_new(current + 1);
  const auto current_is_new = is_new(current);
  const log_position border{(current + 1) * part_bytes};
  const range wanted{current_is_new ? position : border,
                     {next_is_new ? border.value + part_bytes : border.value}};
  const range present{wanted.begin, std::min(wanted.end, written)};
  if (present.begin >= present.end)
    return {};
  return present;
}

bool read_ahead::covers(log_position position) {
  const auto current = position.value / part_bytes;
  std::lock_guard guard{mutex_};
  return is_known(current) && is_known(current + 1);
}

/// It goes to the front: what is in use is not forgotten.
bool read_ahead::is_known(std::uint64_t part) {
  const auto known = std::find(asked_.begin(), asked_.end(), part);
  if (known == asked_.end())
    return false;
  std::rotate(asked_.begin(), known, known + 1);
  return true;
}

bool read_ahead::is_new(std::uint64_t part) {
  if (is_known(part))
    return false;
  if (asked_.size() >= parts_max)
    asked_.pop_back();
  asked_.insert(asked_.begin(), part);
  return true;
}

} // namespace apogee::core
