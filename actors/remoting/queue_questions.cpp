#include "actors/remoting/queue_questions.hpp"

#include "actors/broker/messages.hpp"
#include "actors/protocol.hpp"
#include "messages/record.hpp"

#include <chrono>
#include <span>
#include <utility>

namespace apogee::remoting {

namespace {

constexpr std::chrono::seconds peer_timeout{10};

core::queue_ends decoded(schema::OffsetAnswer::Reader r) {
  return {{r.getMinOffset()}, {r.getMaxOffset()}, {r.getAtTime()}};
}

std::int64_t time_of_first(schema::PullReply::Reader r, queue_offset wanted) {
  const auto records = r.getRecords();
  const auto first = decode_record_header(
    std::as_bytes(std::span{records.begin(), records.size()}));
  return first && first->fields.offset == wanted ? first->fields.store_time_ms
                                                 : -1;
}

} // namespace

void ask_queue_ends(caf::event_based_actor* self,
                    const handle_provider<caf::actor>& dispatcher,
                    const std::string& topic, std::uint32_t queue,
                    std::int64_t time_ms,
                    std::function<void(const result<core::queue_ends>&)> then) {
  const auto broker = dispatcher();
  if (!broker) {
    then(broker.error());
    return;
  }
  const auto question = envelope<schema::OffsetQuery>::build([&](auto b) {
    b.setTopic(topic);
    b.setQueue(queue);
    b.setStoreTimeMs(time_ms);
  });
  self->request(*broker, peer_timeout, question)
    .then(
      [then](const envelope<schema::OffsetAnswer>& ends) {
        then(ends.read(decoded));
      },
      [then](const caf::error& error) { then(to_failure(error)); });
}

void ask_store_time(caf::event_based_actor* self,
                    const handle_provider<caf::actor>& dispatcher,
                    const std::string& topic, std::uint32_t queue,
                    queue_offset offset,
                    std::function<void(std::int64_t)> then) {
  const auto broker = dispatcher();
  if (!broker) {
    then(-1);
    return;
  }
  broker::pull_order order;
  order.offset = offset;
  order.count_max = 1;
  order.bytes_max = 1;
  order.wants_ends = true;
  self
    ->request(*broker, peer_timeout,
              broker::local_pull{topic, queue, std::move(order), false})
    .then(
      [then, offset](const envelope<schema::PullReply>& reply) {
        const auto time = reply.read([&](schema::PullReply::Reader r) {
          return time_of_first(r, offset);
        });
        then(time ? *time : -1);
      },
      [then](const caf::error&) { then(-1); });
}

} // namespace apogee::remoting
