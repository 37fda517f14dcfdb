#pragma once

#include "actors/broker/context.hpp"
#include "actors/broker/messages.hpp"
#include "store/log_reader.hpp"

#include <caf/message.hpp>

#include <functional>
#include <optional>
#include <span>

namespace apogee::broker {

/// Where the log's records are read from.
enum class read_mode {
  recent, ///< what this process has in memory
  memory, ///< that, and files as far as the machine has them in memory
  disk,   ///< files; may wait
};

struct pull_answer {
  caf::message reply;           ///< a PullReply, or formed_messages
  std::uint64_t held_bytes = 0; ///< by the reply
  std::uint32_t count = 0;      ///< messages in it
  std::uint64_t bytes = 0;      ///< of their records
  queue_offset next;
};

/// Reads the records out of the log straight into an answer, or writes them in
/// the form that the asker wants, and drops those that the filter does not
/// want. Nothing unless `mode` has all of them. Checks each record against its
/// place, and what comes from files against its checksum too: errc::corrupt
/// names position and remedy.
result<std::optional<pull_answer>> make_pull_reply(const store::log_reader& log,
                                                   const pull_read& read,
                                                   read_mode mode);

/// Bytes of records.
std::uint64_t size_of(const std::vector<core::queue_tail::located>& records);

/// What the answer to it may hold in memory, in bytes.
std::uint64_t held_bytes_of(const pull_read& read);

/// Counts an answer that is given: what it brings, maybe nothing, and where it
/// sends the reader next.
void count_pull(counters& counts, const core::queue_reader& reader,
                std::uint64_t messages, std::uint64_t bytes, queue_offset next);

/// An answer without messages, of the kind that the asker of `form` awaits.
caf::message make_empty_pull_reply(const message_form* form,
                                   const pull_ends& ends);

/// Reads messages of the log that were checked, one after the other.
void for_each_record(
  std::span<const std::byte> records,
  const std::function<void(const record_view&, const message_view&)>& use);

} // namespace apogee::broker
