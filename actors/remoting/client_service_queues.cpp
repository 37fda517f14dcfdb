#include "actors/remoting/client_service.hpp"
#include "actors/remoting/request_reading.hpp"
#include "messages/names.hpp"
#include "messages/remoting_bodies/queue_locks.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

/// Locks and offsets of queues: the second half of a client_service.
namespace apogee::remoting {

namespace {

constexpr std::chrono::seconds peer_timeout{10};

} // namespace

// -- locks --------------------------------------------------------------------

void client_service::lock(const command& request, const peer&,
                          reply_promise reply) {
  const auto wanted = parse_queue_lock_request(request.body);
  if (!wanted) {
    reply.deliver(refusal(response_code::system_error, wanted.error().text));
    return;
  }
  std::vector<message_queue> locked;
  for (const auto& queue : wanted->queues)
    if (options_.locks->lock(wanted->group, {queue.topic, queue.queue_id},
                             wanted->client_id, self_->clock().now()))
      locked.push_back(queue);
  reply.deliver(service_answer{
    response_code::success, {}, {}, write_queue_lock_result(locked)});
}

void client_service::unlock(const command& request, const peer&,
                            reply_promise reply) {
  const auto given = parse_queue_lock_request(request.body);
  if (!given) {
    reply.deliver(refusal(response_code::system_error, given.error().text));
    return;
  }
  for (const auto& queue : given->queues)
    options_.locks->unlock(given->group, {queue.topic, queue.queue_id},
                           given->client_id);
  reply.deliver(service_answer{});
}

// -- offsets ------------------------------------------------------------------

const topic_info* client_service::find_topic(const std::string& name) const {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : &found->second;
}

void client_service::query_offset(const command& request, const peer&,
                                  reply_promise reply) {
  field_reader fields{request};
  const std::string group{fields.text("consumerGroup")};
  const std::string topic{fields.text("topic")};
  const auto queue = fields.int32("queueId");
  const auto is_zero_wanted = fields.boolean_or("setZeroIfNotFound", true);
  if (!fields.outcome()) {
    reply.deliver(refusal(fields.outcome().error()));
    return;
  }
  if (auto legal = check_group_name(group); !legal) {
    reply.deliver(refusal(legal.error()));
    return;
  }
  const auto* info = find_topic(topic);
  if (info == nullptr) {
    reply.deliver(refusal(response_code::query_not_found,
                          "topic " + topic + " does not exist"));
    return;
  }
  const queue_id id{info->id, static_cast<std::uint32_t>(queue)};
  const auto known = options_.offsets->find(group, id);
  if (!known) {
    reply.deliver(refusal(known.error()));
    return;
  }
  if (*known) {
    reply.deliver(
      service_answer{response_code::success,
                     {},
                     {{"offset", std::to_string((*known)->value)}}});
    return;
  }
  // A new group reads a young queue from its beginning, also while it is empty:
  // the original then says "not found", and a client that starts at the end
  // skips what arrives in between.
  ask_ends(
    topic, id.number, -1, reply,
    [group, is_zero_wanted](schema::OffsetAnswer::Reader ends) {
      if (ends.getMinOffset() == 0 && is_zero_wanted)
        return service_answer{response_code::success, {}, {{"offset", "0"}}};
      return refusal(response_code::query_not_found,
                     "Not found, V3_0_6_SNAPSHOT maybe this group "
                     "consumer boot first: group "
                       + group + " has no offset there");
    });
}

void client_service::update_offset(const command& request, const peer&,
                                   reply_promise reply) {
  field_reader fields{request};
  const std::string group{fields.text("consumerGroup")};
  const std::string topic{fields.text("topic")};
  const auto queue = fields.int32("queueId");
  const auto offset = fields.int64("commitOffset");
  if (!fields.outcome()) {
    reply.deliver(refusal(fields.outcome().error()));
    return;
  }
  if (offset >= 0 && queue >= 0)
    set_offset({group, topic, static_cast<std::uint32_t>(queue),
                static_cast<std::uint64_t>(offset)});
  reply.deliver(service_answer{});
}

void client_service::set_offset(const offset_update& update) {
  const auto* info = find_topic(update.topic);
  if (info == nullptr || update.queue >= info->queues || !is_loaded_
      || !check_group_name(update.group))
    return;
  const auto offsets = options_.offsets->of(update.group);
  if (!offsets) {
    options_.note("an offset of group " + update.group
                  + " was not taken: " + offsets.error().text);
    return;
  }
  (*offsets)->set({info->id, update.queue}, {update.offset});
}

void client_service::queue_end(const command& request, const peer&,
                               reply_promise reply) {
  field_reader fields{request};
  const std::string topic{fields.text("topic")};
  const auto queue = fields.int32("queueId");
  const auto code = static_cast<request_code>(request.code);
  const auto is_search = code == request_code::search_offset_by_timestamp;
  const auto time_ms =
    is_search ? std::max<std::int64_t>(fields.int64("timestamp"), 0) : -1;
  if (!fields.outcome()) {
    reply.deliver(refusal(fields.outcome().error()));
    return;
  }
  ask_ends(topic, static_cast<std::uint32_t>(queue), time_ms, reply,
           [code, is_search](schema::OffsetAnswer::Reader ends) {
             const auto offset = is_search ? ends.getAtTime()
                                 : code == request_code::get_min_offset
                                   ? ends.getMinOffset()
                                   : ends.getMaxOffset();
             return service_answer{response_code::success,
                                   {},
                                   {{"offset", std::to_string(offset)}}};
           });
}

void client_service::ask_ends(
  const std::string& topic, std::uint32_t queue, std::int64_t time_ms,
  reply_promise reply,
  std::function<service_answer(schema::OffsetAnswer::Reader)> use) {
  const auto broker = options_.dispatcher();
  if (!broker) {
    reply.deliver(refusal(broker.error()));
    return;
  }
  const auto question = envelope<schema::OffsetQuery>::build([&](auto b) {
    b.setTopic(topic);
    b.setQueue(queue);
    b.setStoreTimeMs(time_ms);
  });
  self_->request(*broker, peer_timeout, question)
    .then(
      [reply, use](const envelope<schema::OffsetAnswer>& ends) mutable {
        const auto answer = ends.read(use);
        reply.deliver(answer ? *answer : refusal(answer.error()));
      },
      [reply](const caf::error& error) mutable {
        reply.deliver(refusal(to_failure(error)));
      });
}

} // namespace apogee::remoting
