#include "actors/remoting/client_service.hpp"
#include "actors/remoting/queue_questions.hpp"
#include "actors/remoting/request_reading.hpp"
#include "messages/names.hpp"
#include "messages/remoting_bodies/queue_locks.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

/// Locks and offsets of queues: the second half of a client_service.
namespace apogee::remoting {

namespace {

/// Longest wait for a native member to give a queue back.
constexpr std::chrono::seconds release_wait{1};

/// More questions are answered at once.
constexpr std::size_t held_max = 4096;

service_answer offset_answer(std::uint64_t offset) {
  return {response_code::success, {}, {{"offset", std::to_string(offset)}}};
}

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
  // Whoever could not lock them before need not wait for its timer.
  notify_members(given->group);
}

// -- offsets ------------------------------------------------------------------

const topic_info* client_service::find_topic(const std::string& name) const {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : &found->second;
}

void client_service::query_offset(const command& request, const peer& from,
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
  offset_question question{
    group,          topic, {info->id, static_cast<std::uint32_t>(queue)},
    is_zero_wanted, false, std::move(reply)};
  const auto connection = connections_.find(from.session->address());
  if (const auto* members = clients_.consumers(group);
      members != nullptr && connection != connections_.end())
    question.is_member = std::any_of(
      members->clients.begin(), members->clients.end(),
      [&](const auto& x) { return x.second.connection == connection->second; });
  if (question.is_member)
    options_.resets->taken_over(group, {topic, queue});
  if (!is_held(question) || held_.size() >= held_max) {
    answer_offset(question);
    return;
  }
  self_->delayed_send(self_, release_wait, release_atom::value, held_next_);
  held_.emplace(held_next_++, std::move(question));
}

bool client_service::is_held(const offset_question& question) const {
  return question.is_member
         && options_.locks->is_held(
           question.group,
           {question.topic, static_cast<std::int32_t>(question.queue.number)});
}

/// Native members of the group have given queues back.
void client_service::answer_held(const std::string& group) {
  for (auto at = held_.begin(); at != held_.end();) {
    if (at->second.group == group && !is_held(at->second)) {
      answer_offset(at->second);
      at = held_.erase(at);
    } else {
      ++at;
    }
  }
}

void client_service::answer_offset(const offset_question& question) {
  auto reply = question.reply;
  const auto known = options_.offsets->find(question.group, question.queue);
  if (!known) {
    reply.deliver(refusal(known.error()));
    return;
  }
  if (*known) {
    reply.deliver(offset_answer((*known)->value));
    return;
  }
  // A new group reads a young queue from its beginning, also while it is empty:
  // the original then says "not found", and a client that starts at the end
  // skips what arrives in between. A member's answer counts as the group's
  // offset: when the member dies before it commits, the next one starts there.
  ask_queue_ends(
    self_, options_.dispatcher, question.topic, question.queue.number, -1,
    [offsets = options_.offsets, group = question.group, queue = question.queue,
     is_zero_wanted = question.is_zero_wanted, is_member = question.is_member,
     reply](const result<core::queue_ends>& ends) mutable {
      if (!ends) {
        reply.deliver(refusal(ends.error()));
        return;
      }
      // Somebody may have committed meanwhile.
      if (const auto now = offsets->find(group, queue); now && *now) {
        reply.deliver(offset_answer((*now)->value));
        return;
      }
      if (ends->min.value > 0 || !is_zero_wanted) {
        reply.deliver(refusal(response_code::query_not_found,
                              "Not found, V3_0_6_SNAPSHOT maybe this group "
                              "consumer boot first: group "
                                + group + " has no offset there"));
        return;
      }
      if (is_member)
        if (const auto kept = offsets->of(group))
          (*kept)->advance(queue, {0});
      reply.deliver(offset_answer(0));
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
  if (!options_.resets->admits(
        update.group, {update.topic, static_cast<std::int32_t>(update.queue)},
        static_cast<std::int64_t>(update.offset), self_->clock().now()))
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
  ask_queue_ends(
    self_, options_.dispatcher, topic, static_cast<std::uint32_t>(queue),
    time_ms,
    [code, is_search, reply](const result<core::queue_ends>& ends) mutable {
      if (!ends) {
        reply.deliver(refusal(ends.error()));
        return;
      }
      const auto offset = is_search                              ? ends->at_time
                          : code == request_code::get_min_offset ? ends->min
                                                                 : ends->max;
      reply.deliver(offset_answer(offset.value));
    });
}

} // namespace apogee::remoting
