#include "actors/broker/pull_reply.hpp"
#include "actors/broker/queue_writer.hpp"
#include "actors/broker/tell.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

/// The pulling half of a queue_writer.
namespace apogee::broker {

namespace {

/// Entries of the index that one pull with a filter looks at.
constexpr std::uint32_t scanned_entries_max = 8192;

/// Messages that one pull with an expression over properties reads: most of
/// them may not be wanted.
constexpr std::uint32_t scanned_messages_max = 800;
constexpr std::uint32_t scanned_bytes_max = 2u << 20;

/// What is in the machine's memory is read here when it is no more than this:
/// to leave it to a cold reader takes longer than to read it.
constexpr std::uint64_t cached_bytes_max = 64u << 10;
constexpr std::size_t cached_records_max = 64;

/// Waiting pulls that one turn serves: what they bring is in memory until the
/// askers have taken it, who know only then whether there is room for more.
constexpr int woken_pulls_max = 16;

/// Pulls of askers that are gone are looked for when so many more want to wait,
/// or one for every four that do: often enough that they keep no places from
/// others, and seldom enough to cost next to nothing.
constexpr std::size_t sweep_interval_min = 64;

} // namespace

void queue_writer::pull(const pull_order& order) {
  const auto* asker = self_->current_sender().get(); // the promise takes it
  waiting_pull pull;
  pull.reply = answer{self_->make_response_promise()};
  pull.order = order;
  tail_.evict(shared_->views->applied());
  const auto oldest = min_offset();
  if (!oldest) {
    pull.reply.refuse(oldest.error());
    return;
  }
  const auto offset = order.offset;
  if (offset < *oldest || offset > tail_.next()) {
    if (order.wants_ends)
      give_nothing(pull, offset, *oldest);
    else
      pull.reply.refuse(out_of_range(offset, *oldest));
    return;
  }
  const auto is_answered = offset < tail_.visible_end() && serve(pull);
  if (is_answered)
    return;
  if (order.wait.count() == 0) {
    give_nothing(pull, pull.order.offset, *oldest);
    return;
  }
  drop_pulls_in_vain();
  auto place = places_.take(asker);
  if (!place) {
    ++shared_->counts->refused_busy;
    pull.reply.refuse(place.error());
    return;
  }
  pull.place = std::move(*place);
  pull.deadline = now() + order.wait;
  wake_at(pull.deadline);
  waiting_.push_back(std::move(pull));
}

/// Who asks and goes away would otherwise hold its places until their time is
/// over.
void queue_writer::drop_pulls_in_vain() {
  const auto interval = std::max(sweep_interval_min, waiting_.size() / 4);
  if (++waits_since_sweep_ < interval)
    return;
  waits_since_sweep_ = 0;
  std::erase_if(waiting_, [](const auto& pull) {
    return pull.order.room && pull.order.room->is_in_vain();
  });
}

void queue_writer::give_nothing(waiting_pull& pull, queue_offset next,
                                queue_offset oldest) {
  const auto end = tail_.visible_end();
  // An offset outside of the queue is answered with the nearer end.
  count_pull(*shared_->counts, pull.order.reader, 0, 0,
             std::min(std::max(next, oldest), end));
  pull.reply.give(
    make_empty_pull_reply(pull.order.form.get(), {next, oldest, end}));
}

failure queue_writer::out_of_range(queue_offset offset,
                                   queue_offset oldest) const {
  return {errc::offset_out_of_range,
          "offset " + std::to_string(offset.value) + " of topic '" + topic_.name
            + "' queue " + std::to_string(queue_.number)
            + " is outside of what is kept, " + std::to_string(oldest.value)
            + " to " + std::to_string(tail_.visible_end().value)};
}

/// What the index says may be wanted, without reading a message.
result<pull_read> queue_writer::look(const pull_order& order) const {
  const auto is_filtered = order.filter && !order.filter->is_everything();
  const auto needs_messages =
    is_filtered && order.filter->type() == core::expression_type::sql92;
  const auto entries_max = is_filtered ? scanned_entries_max : order.count_max;
  const auto count_max = needs_messages
                           ? std::max(order.count_max, scanned_messages_max)
                           : order.count_max;
  const auto bytes_max = needs_messages
                           ? std::max(order.bytes_max, scanned_bytes_max)
                           : order.bytes_max;
  pull_read out;
  if (is_filtered)
    out.filter = order.filter;
  out.form = order.form;
  out.reader = order.reader;
  out.count_max = order.count_max;
  out.bytes_max = order.bytes_max;
  out.ends.next = order.offset;
  std::uint64_t bytes = 0;
  const auto take = [&](const core::queue_tail::located& entry) {
    if (is_filtered && !order.filter->may_match(entry.tag_hash)) {
      out.ends.next = {entry.offset.value + 1};
      return true;
    }
    const auto is_full =
      bytes + entry.size_bytes > bytes_max || out.records.size() >= count_max;
    if (is_full && !out.records.empty())
      return false;
    bytes += entry.size_bytes;
    out.records.push_back(entry);
    out.ends.next = {entry.offset.value + 1};
    return true;
  };
  const auto young = tail_.find(order.offset, entries_max);
  for (const auto& entry : young)
    if (!take(entry))
      break;
  if (!young.empty())
    return out;
  const auto old = shared_->views->find(queue_, order.offset, entries_max);
  if (!old)
    return old.error();
  for (const auto& entry : *old)
    if (!take({entry.offset, entry.position, entry.size_bytes, entry.tag_hash}))
      break;
  return out;
}

/// False when nothing that is there is wanted; the pull's offset is then at the
/// visible end, or somewhere before it when there was much to look at.
bool queue_writer::serve(waiting_pull& pull) {
  const auto oldest = min_offset();
  if (!oldest) {
    pull.reply.refuse(oldest.error());
    return true;
  }
  const auto& room = pull.order.room;
  if (room && room->is_refused()) {
    pull.reply.give(
      make_empty_pull_reply(pull.order.form.get(),
                            {pull.order.offset, *oldest, tail_.visible_end()}));
    return true;
  }
  auto found = look(pull.order);
  if (!found) {
    pull.reply.refuse(found.error());
    return true;
  }
  if (found->ends.next == pull.order.offset) {
    pull.reply.refuse(
      {errc::corrupt, "the index of topic '" + topic_.name + "' queue "
                        + std::to_string(queue_.number) + " has no offset "
                        + std::to_string(pull.order.offset.value)
                        + ": stop the node and delete the folder 'views', it "
                          "is built again from the log"});
    return true;
  }
  found->ends.min = *oldest;
  found->ends.max = tail_.visible_end();
  if (found->records.empty())
    return skip(pull, *found);
  auto answer =
    make_pull_reply(*peers_.log, *found,
                    is_cheap(*found) ? read_mode::memory : read_mode::recent);
  if (!answer || !*answer) {
    // It is older, or it failed: a cold reader says which.
    if (room)
      room->take(held_bytes_of(*found));
    pull.reply.delegate(next_cold_reader(), std::move(*found));
    return true;
  }
  if ((*answer)->count == 0)
    return skip(pull, *found);
  count_pull(*shared_->counts, pull.order.reader, (*answer)->count,
             (*answer)->bytes, (*answer)->next);
  if (room)
    room->take((*answer)->held_bytes);
  pull.reply.give(std::move((*answer)->reply));
  return true;
}

/// To read from the machine's memory.
bool queue_writer::is_cheap(const pull_read& read) const {
  const auto& last = read.records.back();
  return read.records.size() <= cached_records_max
         && size_of(read.records) <= cached_bytes_max
         && shared_->ahead->covers(read.records.front().position,
                                   {last.position.value + last.size_bytes},
                                   {shared_->counts->written.load()}, now());
}

/// Nothing of what was looked at is wanted. The asker comes back for the rest,
/// so that others get their turn, or waits for more.
bool queue_writer::skip(waiting_pull& pull, const pull_read& looked) {
  pull.order.offset = looked.ends.next;
  if (looked.ends.next >= looked.ends.max)
    return false;
  give_nothing(pull, looked.ends.next, looked.ends.min);
  return true;
}

void queue_writer::wake_pulls() {
  const auto ready = std::stable_partition(
    waiting_.begin(), waiting_.end(),
    [&](const auto& pull) { return pull.order.offset >= tail_.visible_end(); });
  std::move(ready, waiting_.end(), std::back_inserter(ready_));
  waiting_.erase(ready, waiting_.end());
  serve_ready();
}

/// The first few, each turn.
void queue_writer::serve_ready() {
  for (auto left = woken_pulls_max; left > 0 && !ready_.empty(); --left) {
    auto pull = std::move(ready_.front());
    ready_.pop_front();
    if (!serve(pull))
      waiting_.push_back(std::move(pull));
  }
  if (!ready_.empty() && !std::exchange(is_wake_due_, true))
    tell(self_, handle_of(self_), wake_atom::value);
}

/// When the next one is due.
queue_writer::clock::time_point queue_writer::expire_pulls() {
  const auto time = now();
  auto next = clock::time_point::max();
  const auto oldest = min_offset();
  const auto expire = [&](auto& pull) {
    if (pull.deadline > time) {
      next = std::min(next, pull.deadline);
      return false;
    }
    if (oldest)
      give_nothing(pull, pull.order.offset, *oldest);
    else
      pull.reply.refuse(oldest.error());
    return true;
  };
  std::erase_if(waiting_, expire);
  std::erase_if(ready_, expire);
  return next;
}

/// Does nothing for a time that never comes.
void queue_writer::wake_at(clock::time_point when) {
  if (when == clock::time_point::max())
    return;
  if (!alarms_.empty() && alarms_.back() <= when)
    return;
  alarms_.push_back(when);
  caf::delayed_anon_send(handle_of(self_), when - now(), expire_atom::value);
}

void queue_writer::query(const envelope<schema::OffsetQuery>& request) {
  answer reply{self_->make_response_promise()};
  const auto time_ms = request.read(
    [](schema::OffsetQuery::Reader r) { return r.getStoreTimeMs(); });
  if (!time_ms) {
    ++shared_->counts->refused_malformed;
    reply.refuse(time_ms.error());
    return;
  }
  const auto oldest = min_offset();
  if (!oldest) {
    reply.refuse(oldest.error());
    return;
  }
  if (*time_ms >= 0) {
    reply.delegate(
      next_cold_reader(),
      time_search{
        queue_, *time_ms,
        tail_.find(tail_.first(), std::numeric_limits<std::uint32_t>::max()),
        *oldest, tail_.visible_end()});
    return;
  }
  reply.give(envelope<schema::OffsetAnswer>::build(
    [&](auto b) {
      b.setMinOffset(oldest->value);
      b.setMaxOffset(tail_.visible_end().value);
    },
    8));
}

const caf::actor& queue_writer::next_cold_reader() {
  return peers_.cold_readers[cold_reader_next_++ % peers_.cold_readers.size()];
}

result<queue_offset> queue_writer::min_offset() {
  const log_position start{shared_->counts->log_start.load()};
  if (!min_is_known_ || min_known_for_ != start) {
    const auto found = shared_->views->queue_begin(queue_, start);
    if (!found)
      return found;
    min_ = std::min(*found, tail_.first());
    min_known_for_ = start;
    min_is_known_ = tail_.first() > queue_offset{};
  }
  return min_;
}

} // namespace apogee::broker
