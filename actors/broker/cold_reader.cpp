#include "actors/broker/cold_reader.hpp"

#include "actors/broker/messages.hpp"
#include "actors/broker/pull_reply.hpp"
#include "actors/core/read_ahead.hpp"

#include <algorithm>

namespace apogee::broker {

caf::behavior cold_reader(caf::event_based_actor*, context_ptr shared,
                          std::shared_ptr<const store::log_reader> log) {
  return {
    [shared, log, ahead = core::read_ahead{}](const pull_read& read) mutable
    -> caf::result<envelope<schema::PullReply>> {
      if (const auto next = ahead.before(read.records.front().position,
                                         {shared->counts->written.load()}))
        log->prefetch(next->begin, next->end);
      auto answer = make_pull_reply(*log, read, read_mode::may_block);
      if (!answer)
        return make_error(answer.error());
      return std::move((*answer)->reply);
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
