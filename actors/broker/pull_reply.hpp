#pragma once

#include "actors/broker/context.hpp"
#include "actors/broker/messages.hpp"
#include "messages/client.capnp.h"
#include "messages/envelope.hpp"
#include "store/log_reader.hpp"

#include <optional>

namespace apogee::broker {

/// Whether a read may wait for the disk.
enum class read_mode { recent_only, may_block };

struct pull_answer {
  envelope<schema::PullReply> reply;
  std::uint32_t count = 0; ///< messages in it
  std::uint64_t bytes = 0; ///< of their records
  queue_offset next;
};

/// Reads the records out of the log straight into an answer, and drops those
/// that the filter does not want. Nothing when `mode` is recent_only and not
/// all of them are kept in memory. Checks each record against its place, and
/// with may_block its checksum too: errc::corrupt names position and remedy.
result<std::optional<pull_answer>> make_pull_reply(const store::log_reader& log,
                                                   const pull_read& read,
                                                   read_mode mode);

/// Counts an answer that is given: what it brings, maybe nothing, and where it
/// sends the reader next.
void count_pull(counters& counts, const core::queue_reader& reader,
                std::uint64_t messages, std::uint64_t bytes, queue_offset next);

/// An answer without messages.
envelope<schema::PullReply> make_empty_pull_reply(queue_offset next,
                                                  queue_offset min_offset,
                                                  queue_offset max_offset);

} // namespace apogee::broker
