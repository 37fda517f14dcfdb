#pragma once

#include "actors/core/group_state.hpp"
#include "messages/errors.hpp"

#include <cstdint>
#include <optional>

/// What RocketMQ's brokers decide about offsets; pure.
namespace apogee::remoting {

/// Where a tool wants a group to go on in a queue.
struct reset_wish {
  std::int64_t time_ms = -1; ///< since 1970; negative: at the queue's end
  bool is_forced = true;     ///< otherwise a time only takes the group back
  std::optional<std::uint64_t> offset; ///< instead of the time
};

/// `ends` tell also which offset is the first one at the wish's time. Fails
/// with errc::offset_out_of_range when the wished offset is not in the queue.
result<queue_offset> reset_target(const reset_wish& wish,
                                  const core::queue_ends& ends,
                                  std::optional<queue_offset> committed);

} // namespace apogee::remoting
