#include "actors/groups/offset_reader.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace apogee::groups {

void offset_reader::ask(question what) {
  if (in_flight_ >= in_flight_max)
    waiting_.push_back(std::move(what));
  else
    send(std::move(what));
}

void offset_reader::send(question what) {
  const auto broker = broker_();
  if (!broker)
    return what.then(broker.error());
  ++in_flight_;
  const auto query =
    envelope<schema::OffsetQuery>::build([&](schema::OffsetQuery::Builder out) {
      out.setTopic(what.topic);
      out.setQueue(what.queue);
      out.setStoreTimeMs(what.time_ms);
    });
  self_->request(*broker, offset_timeout, query)
    .then(
      [this, then = what.then](const envelope<schema::OffsetAnswer>& answer) {
        finished();
        then(answer.read([](schema::OffsetAnswer::Reader in) {
          return core::queue_ends{
            {in.getMinOffset()}, {in.getMaxOffset()}, {in.getAtTime()}};
        }));
      },
      [this, then = what.then](const caf::error& why) {
        finished();
        then(to_failure(why));
      });
}

void offset_reader::finished() {
  --in_flight_;
  while (in_flight_ < in_flight_max && !waiting_.empty()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    send(std::move(next));
  }
}

} // namespace apogee::groups
