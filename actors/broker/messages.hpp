#pragma once

#include "actors/core/answer_room.hpp"
#include "actors/core/flow.hpp"
#include "actors/core/memory_budget.hpp"
#include "actors/core/queue_tail.hpp"
#include "actors/core/subscription_filter.hpp"
#include "actors/protocol.hpp"
#include "messages/message_body.hpp"
#include "messages/record.hpp"
#include "store/commit_log.hpp"
#include "store/views/views.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// What the broker's actors say to each other; never leaves the process.
namespace apogee::broker {

// -- dispatcher to queue_writer, and that to flush_service
// ---------------------

/// Messages of one queue, in order, to be put into the log. `bodies` point
/// into `owner`.
struct staged_batch {
  queue_id queue;
  queue_offset first;
  ack_level ack = ack_level::memory;
  std::uint64_t term = 0; ///< of admission, see `refused_batch`
  /// At the disk level: answer when it is written and so much time has passed,
  /// flushed or not; 0: when it is flushed.
  std::chrono::milliseconds flush_timeout{0};
  envelope_words owner;
  std::vector<std::span<const std::byte>> bodies;
  std::vector<std::uint32_t> tag_hashes;
};

/// Messages that were checked, with the bytes they are charged for.
struct append_order {
  staged_batch batch;
  std::shared_ptr<core::memory_budget::lease> lease;
};

/// How an asker wants messages written. Any thread: whoever reads them from the
/// log writes them.
class message_form {
public:
  virtual ~message_form() = default;

  virtual void append(std::vector<char>& out, const record_view& record,
                      const message_view& message) const = 0;
};

/// A pull with its filter read; `wait` 0: answer at once.
struct pull_order {
  queue_offset offset;
  std::uint32_t count_max = 0;
  std::uint32_t bytes_max = 0;
  std::chrono::milliseconds wait{0};
  core::subscription_filter::pointer filter;
  core::queue_reader reader;
  /// An offset outside of the queue is answered with the queue's ends and no
  /// messages, instead of errc::offset_out_of_range.
  bool wants_ends = false;
  /// Null: answered with a PullReply, which has the records of the log. Else
  /// with formed_messages.
  std::shared_ptr<const message_form> form;
  /// Null: the asker has its own bound. While it is refused, messages that
  /// there are stay where they are, and the answer has none of them.
  std::shared_ptr<core::room_share> room;
};

/// Where a queue begins and ends, and where to pull next.
struct pull_ends {
  queue_offset next;
  queue_offset min;
  queue_offset max;
};

struct formed_messages {
  std::vector<char> bytes;
  std::uint32_t count = 0;
  pull_ends ends;
};

/// The writer asks to be let go after it was idle; `handled` is the number of
/// requests it has seen. Granted only when the dispatcher sent no more.
struct retire_offer {
  queue_id queue;
  std::uint64_t handled = 0;
};

struct retire_granted {};

/// A queue's actor is there, or could not be started.
struct writer_started {
  queue_id queue;
  caf::actor writer;
  failure why;
};

// -- dispatcher to topic_catalog ----------------------------------------------

/// A subscription to topics: answered with all of them.
struct dispatcher_started {
  caf::actor dispatcher;
};

// -- sessions to dispatcher ---------------------------------------------------

/// As an AppendRequest, of messages that a session has encoded and checked.
struct local_append {
  std::string topic;
  std::uint32_t queue = 0;
  staged_batch batch;  ///< without its place in the queue
  bool is_own = false; ///< of the broker: no permission keeps it out
};

/// As a PullRequest, of a session.
struct local_pull {
  std::string topic;
  std::uint32_t queue = 0;
  pull_order order;
  bool is_own = false; ///< of the broker: from any queue that there ever was
};

/// Which message stands at a position of the log: answered with a record_place
/// or errc::not_found.
struct find_record {
  log_position position;
};

/// To the dispatcher: when the oldest record of the log was stored, in
/// milliseconds since 1970; -1 while there is none.
struct find_oldest_time {};

struct record_place {
  std::string topic;
  std::uint32_t queue = 0;
  queue_offset offset;
};

// -- flush_service to queue_writer ------------------------------------------

/// Where the records of a batch stand; they follow each other without a gap.
struct written_batch {
  queue_offset first;
  log_position position;
  std::int64_t store_time_ms = 0;
};

/// All batches of one writer that one group write has put into the log.
struct batches_written {
  std::vector<written_batch> batches;
  log_position flushed;
};

struct log_flushed {
  log_position flushed;
};

/// A batch was not taken. Batches behind it that are already under way carry
/// offsets that must not be used any more; they are refused as well, because
/// they carry the old term.
struct refused_batch {
  queue_offset first;
  std::uint64_t sent_term = 0; ///< of the batch
  std::uint64_t term = 0;      ///< to be used from now on
  failure why;
};

// -- flush_service, log_syncer, view_applier --------------------------------

/// A log_syncer or view_applier tells the flush_service that it is there.
struct syncer_ready {
  caf::actor syncer;
};

struct applier_ready {
  caf::actor applier;
};

/// To the log_syncer, and back when it is done.
struct flush_order {
  std::shared_ptr<store::flush_job> job;
};

struct flush_done {
  std::shared_ptr<store::flush_job> job;
  failure why; ///< errc::none: it is flushed
  std::uint64_t free_bytes = 0;
};

/// To the log_syncer: files of the log that lie wholly before `keep_from` may
/// go, once what `views` know of them is kept; and back with the log's new
/// start.
struct removal_order {
  std::shared_ptr<store::commit_log> log;
  std::shared_ptr<const store::views> views;
  log_position keep_from;
};

struct removal_done {
  log_position start;
};

/// To the view_applier: the views may take the log up to here; at once when
/// somebody waits for it.
struct apply_order {
  log_position flushed;
  log_position start; ///< of the log; older entries may be forgotten
  bool now = false;
};

struct apply_done {
  log_position applied;
};

// -- to cold_readers --------------------------------------------------------

/// What a pull is answered from. Goes to a cold_reader when reading it may
/// block the I/O thread.
struct pull_read {
  std::vector<core::queue_tail::located> records; ///< in queue order
  core::subscription_filter::pointer filter; ///< null: all of them are wanted
  std::shared_ptr<const message_form> form;
  core::queue_reader reader;
  std::uint32_t count_max = 0; ///< of the wanted ones; the first may be larger
  std::uint32_t bytes_max = 0;
  pull_ends ends; ///< `next`: behind the last one that was looked at
};

/// A search by store time, which reads records all over the log.
struct time_search {
  queue_id queue;
  std::int64_t store_time_ms = 0;
  /// Those that the views need not have yet, in queue order.
  std::vector<core::queue_tail::located> recent;
  queue_offset min_offset;
  queue_offset max_offset;
};

/// A find_record on its way: the reader leaves the answer to `dispatcher`,
/// which knows the topics' names.
struct record_search {
  log_position position;
  caf::actor dispatcher;
};

/// What the record at a position says where it belongs.
struct located_record {
  log_position position;
  queue_id queue;
  queue_offset offset;
};

/// errc::not_found.
failure no_message_at(log_position position);

using tick_atom = caf::atom_constant<caf::atom("tick")>;
using write_atom = caf::atom_constant<caf::atom("write")>;

} // namespace apogee::broker

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::append_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::pull_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::formed_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::dispatcher_started)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::local_append)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::local_pull)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::retire_offer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::retire_granted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::writer_started)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::staged_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::batches_written)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::log_flushed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::refused_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::syncer_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::applier_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::flush_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::flush_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::removal_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::removal_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::apply_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::apply_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::pull_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::time_search)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::find_record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::find_oldest_time)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::record_place)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::record_search)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::broker::located_record)
