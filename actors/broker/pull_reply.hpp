#pragma once

#include "actors/core/queue_tail.hpp"
#include "messages/client.capnp.h"
#include "messages/envelope.hpp"
#include "store/log_reader.hpp"

#include <optional>
#include <vector>

namespace apogee::broker {

/// Whether a read may wait for the disk.
enum class read_mode { recent_only, may_block };

/// Reads `records` (in queue order) out of the log straight into an answer.
/// Nothing when `mode` is recent_only and not all of them are kept in memory.
/// Checks each record against its place, and with may_block its checksum too:
/// errc::corrupt names position and remedy.
result<std::optional<envelope<schema::PullReply>>>
make_pull_reply(const store::log_reader& log,
                const std::vector<core::queue_tail::located>& records,
                queue_offset next_offset, queue_offset min_offset,
                queue_offset max_offset, read_mode mode);

/// An answer without messages.
envelope<schema::PullReply> make_empty_pull_reply(queue_offset next,
                                                  queue_offset min_offset,
                                                  queue_offset max_offset);

} // namespace apogee::broker
