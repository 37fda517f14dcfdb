#include "actors/special/retry_service.hpp"

#include "messages/names.hpp"
#include "messages/remoting/properties.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace apogee::special {

namespace {

constexpr std::chrono::seconds catalog_timeout{20};

stored_message_place place_of(const envelope<schema::AppendReply>& stored,
                              std::uint32_t queue) {
  const auto place = stored.read([&](schema::AppendReply::Reader r) {
    return stored_message_place{
      queue, {r.getFirstOffset()}, {r.getFirstPosition()}};
  });
  APOGEE_CHECK(place.has_value()); // it comes from this process
  return *place;
}

/// As the group's next member gets it.
own_message sent_back_message(const broker::found_message& found,
                              const std::string& message_id) {
  const auto& from = found.message;
  return {from.born_time_ms,
          from.flag,
          from.sys_flag,
          core::next_reconsume_times(from.reconsume_times),
          core::sent_back_properties(from.properties, found.topic, message_id),
          std::string{from.body},
          std::string{from.born_host}};
}

/// That the group reads, also when this one came from its retry topic.
std::string_view topic_of(const own_message& sent_back) {
  return *remoting::find_property(sent_back.properties,
                                  remoting::property_names::retry_topic);
}

} // namespace

/// Who waits until a message is stored.
struct retry_service::asker {
  answer reply;
  core::flow_pointer sent_back = nullptr; ///< counts it then
  std::uint64_t bytes = 0;

  void stored(const stored_message_place& place) {
    if (sent_back)
      sent_back->add(1, bytes);
    reply.give(place);
  }

  void refuse(const failure& why) { reply.refuse(why); }
};

retry_service::retry_service(caf::event_based_actor* self,
                             retry_options options)
  : self_(self), options_(std::move(options)) {}

caf::behavior retry_service::make_behavior() {
  return {
    [this](const send_back& request) { take_back(request); },
    [this](const retry_send& request) { take_sent(request); },
  };
}

void retry_service::take_back(const send_back& request) {
  const auto reply =
    std::make_shared<asker>(asker{answer{self_->make_response_promise()}});
  with_group(request.group, reply, [=, this](const group_config& group) {
    const auto dispatcher = options_.dispatcher();
    if (group.retry_queues <= 0)
      return reply->stored({}); // nothing comes again
    if (!dispatcher)
      return reply->refuse(dispatcher.error());
    broker::find_message(
      self_, *dispatcher, request.position,
      [=, this](const result<broker::found_message>& found) {
        if (!found)
          return reply->refuse(found.error());
        auto message = sent_back_message(*found, request.message_id);
        reply->sent_back =
          options_.statistics->send_back(topic_of(message), group.name);
        reply->bytes = message.body.size();
        store(group,
              core::decide_send_back(group, found->message.reconsume_times,
                                     request.delay_level, request.retries_max,
                                     options_.levels),
              std::move(message), request.ack, reply);
      });
  });
}

void retry_service::take_sent(const retry_send& request) {
  const auto reply =
    std::make_shared<asker>(asker{answer{self_->make_response_promise()}});
  with_group(request.group, reply, [=, this](const group_config& group) {
    store(group,
          core::decide_retry_send(group, request.message.reconsume_times,
                                  request.delay_level, request.retries_max,
                                  options_.has_locks(group.name),
                                  options_.levels),
          request.message, request.ack, reply);
  });
}

void retry_service::with_group(const std::string& name, const waiting& reply,
                               std::function<void(const group_config&)> use) {
  const auto catalog = options_.group_catalog();
  if (!catalog)
    return reply->refuse(catalog.error());
  self_->request(*catalog, catalog_timeout, group_wanted{name})
    .then(
      [use](const group_config& group) { use(group); },
      [reply](const caf::error& error) { reply->refuse(to_failure(error)); });
}

void retry_service::store(const group_config& group,
                          const core::retry_decision& decision,
                          own_message message, ack_level ack,
                          const waiting& reply) {
  if (decision.is_dead_letter)
    message.properties = core::dead_letter_properties(message.properties);
  if (message.properties.size() > remoting::properties_bytes_max)
    return reply->refuse({errc::message_too_large,
                          "the message's properties leave no room for what a "
                          "retry adds to them"});
  if (decision.is_dead_letter)
    return append(dead_letter_topic(group.name), 0, 1, message, ack, reply);
  const auto queue = any_queue(group);
  const auto topic = retry_topic(group.name);
  if (decision.delay_level == 0)
    return append(topic, queue,
                  static_cast<std::uint32_t>(std::max(group.retry_queues, 1)),
                  message, ack, reply);
  const auto delay = options_.delay();
  if (!delay)
    return reply->refuse(delay.error());
  self_
    ->request(*delay, caf::infinite,
              delayed_append{decision.delay_level, topic, queue, ack,
                             std::move(message)})
    .then(
      [reply](const stored_message_place& place) { reply->stored(place); },
      [reply](const caf::error& error) { reply->refuse(to_failure(error)); });
}

void retry_service::append(const std::string& topic, std::uint32_t queue,
                           std::uint32_t queues, const own_message& message,
                           ack_level ack, const waiting& reply) {
  const auto dispatcher = options_.dispatcher();
  const auto catalog = options_.topic_catalog();
  if (!dispatcher || !catalog)
    return reply->refuse(dispatcher ? catalog.error() : dispatcher.error());
  const auto view = message.view();
  broker::local_append order;
  order.topic = topic;
  order.queue = queue;
  order.batch = broker::encode_batch({&view, 1}, ack);
  broker::append_with_topic(
    self_, *dispatcher, *catalog, order, queues,
    [queue, reply](const result<envelope<schema::AppendReply>>& stored) {
      if (stored)
        reply->stored(place_of(*stored, queue));
      else
        reply->refuse(stored.error());
    });
}

std::uint32_t retry_service::any_queue(const group_config& group) {
  const auto queues =
    static_cast<std::uint32_t>(std::max(group.retry_queues, 1));
  return static_cast<std::uint32_t>(random_() % queues);
}

} // namespace apogee::special
