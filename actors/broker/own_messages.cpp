#include "actors/broker/own_messages.hpp"

#include "actors/broker/pull_reply.hpp"
#include "messages/remoting/properties.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace apogee::broker {

namespace {

constexpr std::chrono::seconds read_timeout{30};
constexpr std::chrono::seconds catalog_timeout{10};

} // namespace

staged_batch encode_batch(std::span<const message_view> messages,
                          ack_level ack) {
  std::size_t words = 0;
  for (const auto& message : messages)
    words += encoded_message_words(message);
  const auto memory = std::make_shared_for_overwrite<std::uint64_t[]>(words);
  staged_batch out;
  out.ack = ack;
  out.owner = {memory, words};
  auto* next = memory.get();
  for (const auto& message : messages) {
    const std::span room{next, encoded_message_words(message)};
    encode_message(message, room);
    out.bodies.push_back(std::as_bytes(room));
    out.tag_hashes.push_back(
      tag_hash(remoting::find_property(message.properties,
                                       remoting::property_names::tags)
                 .value_or("")));
    next += room.size();
  }
  return out;
}

void append_with_topic(
  caf::event_based_actor* self, const caf::actor& dispatcher,
  const caf::actor& topic_catalog, const local_append& what,
  std::uint32_t queues,
  std::function<void(const result<envelope<schema::AppendReply>>&)> then) {
  const auto append = [=](auto on_failure) {
    self->request(dispatcher, caf::infinite, what)
      .then(
        [then](const envelope<schema::AppendReply>& stored) { then(stored); },
        std::move(on_failure));
  };
  append([=](const caf::error& error) {
    const auto why = to_failure(error);
    if (why.code != errc::unknown_topic) {
      then(why);
      return;
    }
    const auto order = envelope<schema::TopicCreate>::build([&](auto b) {
      b.setName(what.topic);
      b.setQueues(queues);
    });
    const auto again = [=] {
      append([then](const caf::error& failed) { then(to_failure(failed)); });
    };
    self->request(topic_catalog, catalog_timeout, order)
      .then([again](const envelope<schema::TopicList>&) { again(); },
            [again, then](const caf::error& refused) {
              const auto failed = to_failure(refused);
              if (failed.code == errc::topic_exists)
                again(); // somebody else was faster
              else
                then(failed);
            });
  });
}

void for_each_message(
  const envelope<schema::PullReply>& pulled,
  const std::function<void(const record_view&, const message_view&)>& use) {
  const auto read = pulled.read([&](schema::PullReply::Reader r) {
    const auto records = r.getRecords();
    for_each_record(std::as_bytes(std::span{records.begin(), records.size()}),
                    use);
  });
  APOGEE_CHECK(read.has_value()); // it comes from this process
}

void find_message(caf::event_based_actor* self, const caf::actor& dispatcher,
                  log_position position,
                  std::function<void(const result<found_message>&)> then) {
  const auto fail = [then](const caf::error& error) {
    then(to_failure(error));
  };
  // A message may hold bytes that look like another one, so what stands there
  // only says where to look: the queue's index knows its messages.
  self->request(dispatcher, read_timeout, find_record{position})
    .then(
      [=](const record_place& place) {
        local_pull pull{place.topic, place.queue, {}, true};
        pull.order.offset = place.offset;
        pull.order.count_max = 1;
        pull.order.wants_ends = true;
        self->request(dispatcher, read_timeout, std::move(pull))
          .then(
            [=](const envelope<schema::PullReply>& pulled) {
              found_message out;
              out.owner = pulled;
              out.topic = place.topic;
              bool is_there = false;
              for_each_message(out.owner, [&](const record_view& record,
                                              const message_view& message) {
                is_there = record.position == position;
                out.record = record;
                out.message = message;
              });
              if (is_there)
                then(out);
              else
                then(no_message_at(position));
            },
            fail);
      },
      fail);
}

} // namespace apogee::broker
