#include "actors/broker/cold_reader.hpp"

#include "actors/broker/messages.hpp"
#include "actors/broker/pull_reply.hpp"

#include <algorithm>

namespace apogee::broker {

namespace {

/// How far ahead of the reads the disk is kept busy.
constexpr std::uint64_t read_ahead_bytes = 8u << 20;

/// Keeps the disk reading while records are checked and sent. A consumer that
/// catches up reads its queues' records as the log has them, so what stands
/// behind a read is wanted next.
class read_ahead {
public:
  void before(const cold_read& read, const store::log_reader& log,
              log_position written) {
    const auto position = read.records.front().position;
    const bool is_elsewhere =
      position.value + read_ahead_bytes < until_.value || position > until_;
    if (is_elsewhere)
      until_ = position;
    const log_position wanted{
      std::min(position.value + 2 * read_ahead_bytes, written.value)};
    if (wanted.value < until_.value + read_ahead_bytes && !is_elsewhere)
      return;
    log.prefetch(until_, wanted);
    until_ = wanted;
  }

private:
  log_position until_; // asked for already
};

} // namespace

caf::behavior cold_reader(caf::event_based_actor*, context_ptr shared,
                          std::shared_ptr<const store::log_reader> log) {
  return {
    [shared, log, ahead = read_ahead{}](const cold_read& read) mutable
    -> caf::result<envelope<schema::PullReply>> {
      ahead.before(read, *log, {shared->counts->written.load()});
      auto reply = make_pull_reply(*log, read.records, read.min_offset,
                                   read.max_offset, read_mode::may_block);
      if (!reply)
        return make_error(reply.error());
      return std::move(**reply);
    },
    [shared, log](const time_search& search)
      -> caf::result<envelope<schema::OffsetAnswer>> {
      const auto found = shared->views->offset_at_time(
        search.queue, search.store_time_ms, *log, log->start());
      if (!found)
        return make_error(found.error());
      return envelope<schema::OffsetAnswer>::build([&](auto b) {
        b.setMinOffset(search.min_offset.value);
        b.setMaxOffset(search.max_offset.value);
        b.setAtTime(
          std::clamp(*found, search.min_offset, search.max_offset).value);
      });
    },
  };
}

} // namespace apogee::broker
