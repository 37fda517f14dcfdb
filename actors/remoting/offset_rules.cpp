#include "actors/remoting/offset_rules.hpp"

#include <algorithm>
#include <string>

namespace apogee::remoting {

result<queue_offset> reset_target(const reset_wish& wish,
                                  const core::queue_ends& ends,
                                  std::optional<queue_offset> committed) {
  if (wish.offset) {
    const queue_offset target{*wish.offset};
    if (target >= ends.min && target <= ends.max)
      return target;
    return {errc::offset_out_of_range,
            "Target offset " + std::to_string(target.value)
              + " not in consume queue range [" + std::to_string(ends.min.value)
              + "-" + std::to_string(ends.max.value) + "]"};
  }
  const auto target = wish.time_ms < 0 ? ends.max : ends.at_time;
  return wish.is_forced || !committed ? target : std::min(target, *committed);
}

} // namespace apogee::remoting
