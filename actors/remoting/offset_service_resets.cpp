#include "actors/group_messages.hpp"
#include "actors/remoting/offset_service.hpp"
#include "actors/remoting/queue_questions.hpp"
#include "actors/remoting/request_reading.hpp"
#include "messages/names.hpp"
#include "messages/remoting_bodies/offset_tables.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

/// How an offset_service sets where groups go on.
namespace apogee::remoting {

namespace {

/// A group's own reset waits for the log.
constexpr std::chrono::seconds group_timeout{25};

failure natives_online(const std::string& group) {
  return {errc::invalid_argument,
          "group " + group
            + " has native members, whose offsets are reset for a whole topic "
              "and by force only: stop them, or reset the topic with force"};
}

} // namespace

/// A reset whose queues are being asked; nothing is set before all are known.
struct offset_service::reset_job {
  std::string group;
  std::string topic;
  topic_id topic_number;
  reset_wish wish;
  queue_offsets targets;
  std::size_t missing = 0;
  std::optional<failure> failed;
  reply_promise reply;
};

void offset_service::reset(const command& request, reply_promise reply) {
  field_reader fields{request};
  const auto job = std::make_shared<reset_job>();
  job->reply = reply;
  job->topic = fields.text("topic");
  job->group = fields.text("group");
  job->wish.time_ms = std::max<std::int64_t>(fields.int64("timestamp"), -1);
  job->wish.is_forced = fields.boolean_or("isForce", true);
  const auto queue = fields.optional_int32("queueId").value_or(-1);
  if (const auto offset = fields.optional_int64("offset");
      offset && *offset >= 0 && queue >= 0)
    job->wish.offset = static_cast<std::uint64_t>(*offset);
  const auto* topic = topics_.find(job->topic);
  if (!fields.outcome())
    reply.deliver(refusal(fields.outcome().error()));
  else if (topic == nullptr)
    reply.deliver(refusal(response_code::topic_not_exist,
                          "Topic " + job->topic + " does not exist"));
  else if (!options_.group_configs->find(job->group))
    reply.deliver(refusal(response_code::subscription_group_not_exist,
                          "Group " + job->group + " does not exist"));
  else if (queue >= std::int64_t{topic->read_queues})
    reply.deliver(refusal(response_code::invalid_parameter,
                          "queueId[" + std::to_string(queue)
                            + "] is illegal, topic " + job->topic + " has "
                            + std::to_string(topic->read_queues) + " queues"));
  else if ((queue >= 0 || !job->wish.is_forced)
           && !options_.members->native(job->group).empty())
    reply.deliver(refusal(natives_online(job->group)));
  else {
    job->topic_number = topic->id;
    job->missing = queue < 0 ? topic->read_queues : 1;
    if (queue >= 0)
      ask_target(job, static_cast<std::uint32_t>(queue));
    else
      for (std::uint32_t one = 0; one < topic->read_queues; ++one)
        ask_target(job, one);
  }
}

void offset_service::ask_target(const std::shared_ptr<reset_job>& job,
                                std::uint32_t queue) {
  ask_queue_ends(
    self_, options_.dispatcher, job->topic, queue, job->wish.time_ms,
    [this, job, queue](const result<core::queue_ends>& ends) {
      const auto committed =
        options_.offsets->find(job->group, {job->topic_number, queue});
      if (!ends || !committed)
        job->failed = ends ? committed.error() : ends.error();
      else if (const auto target = reset_target(job->wish, *ends, *committed))
        job->targets[queue] = *target;
      else
        job->failed = target.error();
      if (--job->missing == 0)
        targets_known(job);
    });
}

void offset_service::targets_known(const std::shared_ptr<reset_job>& job) {
  if (job->failed)
    job->reply.deliver(refusal(*job->failed));
  else if (options_.members->native(job->group).empty())
    finish(job);
  else
    reset_natives(job);
}

/// The group's own reset asks for the ends once more; what it has set is what
/// its RocketMQ members are told.
void offset_service::reset_natives(const std::shared_ptr<reset_job>& job) {
  const auto groups = options_.groups();
  if (!groups) {
    job->reply.deliver(refusal(groups.error()));
    return;
  }
  const auto order = envelope<schema::GroupReset>::build([&](auto b) {
    b.setGroup(job->group);
    b.setTopic(job->topic);
    b.setTo(job->wish.time_ms < 0 ? schema::StartFrom::LATEST
                                  : schema::StartFrom::TIME);
    b.setTimeMs(std::max<std::int64_t>(job->wish.time_ms, 0));
  });
  self_->request(*groups, group_timeout, order)
    .then(
      [this, job](const envelope<schema::GroupList>&) {
        for (auto& [queue, target] : job->targets)
          if (const auto now =
                options_.offsets->find(job->group, {job->topic_number, queue});
              now && *now)
            target = **now;
        finish(job);
      },
      [job](const caf::error& error) {
        job->reply.deliver(refusal(to_failure(error)));
      });
}

void offset_service::finish(const std::shared_ptr<reset_job>& job) {
  if (auto done = set(job->group, job->topic, job->targets, job->wish); !done) {
    job->reply.deliver(refusal(done.error()));
    return;
  }
  offset_table answer;
  for (const auto& [queue, target] : job->targets)
    answer[queue_of(job->topic, queue)] =
      static_cast<std::int64_t>(target.value);
  job->reply.deliver(service_answer{
    response_code::success, {}, {}, write_reset_offsets(answer)});
}

/// Before the offsets count, what RocketMQ members commit from before does not;
/// nor does what mqadmin commits before it asks whether that is in the queue.
result<void> offset_service::set(const std::string& group,
                                 const std::string& topic,
                                 const queue_offsets& offsets,
                                 const reset_wish& wish) {
  const auto* info = topics_.find(topic);
  const auto known = options_.offsets->of(group);
  if (info == nullptr)
    return {errc::unknown_topic, "topic " + topic + " was deleted meanwhile"};
  if (!known)
    return known.error();
  offset_table table;
  for (const auto& [queue, offset] : offsets) {
    const auto value = static_cast<std::int64_t>(offset.value);
    options_.resets->begin(group, {topic, static_cast<std::int32_t>(queue)},
                           value, self_->clock().now());
    (*known)->set({info->id, queue}, offset);
    table[queue_of(topic, queue)] = value;
  }
  const auto clients = options_.clients();
  if (!clients)
    return {}; // they come back with a heartbeat, and ask where to start
  for (const auto& member : options_.members->rocketmq(group))
    caf::anon_send(
      *clients,
      member_request{
        group,
        member.id,
        {request_code::reset_consumer_client_offset,
         {{"topic", topic},
          {"group", group},
          {"timestamp", std::to_string(wish.time_ms)},
          {"isForce", wish.is_forced ? "true" : "false"}},
         member.language == static_cast<std::uint8_t>(client_language::cpp)
           ? write_reset_offsets_as_list(table)
           : write_reset_offsets(table)}});
  return {};
}

void offset_service::clone(const command& request, reply_promise reply) {
  field_reader fields{request};
  const std::string from{fields.text("srcGroup")};
  const std::string to{fields.text("destGroup")};
  const std::string only{fields.optional_text("topic").value_or("")};
  const auto is_offline = fields.boolean_or("offline", false);
  if (!fields.outcome()) {
    reply.deliver(refusal(fields.outcome().error()));
    return;
  }
  if (!options_.members->native(to).empty()) {
    reply.deliver(refusal(natives_online(to)));
    return;
  }
  auto offsets = offsets_of(from);
  const auto catalog = options_.group_catalog();
  if (!offsets || !catalog) {
    reply.deliver(refusal(offsets ? catalog.error() : offsets.error()));
    return;
  }
  std::erase_if(*offsets, [&](const auto& one) {
    return (!only.empty() && one.first != only)
           || (!is_offline && !is_subscribed(from, one.first));
  });
  self_->request(*catalog, group_timeout, group_wanted{to})
    .then([this, to, offsets = std::move(*offsets),
           reply](const group_config&) { clone_to(to, offsets, reply); },
          [reply](const caf::error& error) mutable {
            reply.deliver(refusal(to_failure(error)));
          });
}

void offset_service::clone_to(const std::string& group,
                              const topic_offsets& offsets,
                              reply_promise reply) {
  for (const auto& [topic, queues] : offsets)
    if (auto done = set(group, topic, queues, {}); !done) {
      reply.deliver(refusal(done.error()));
      return;
    }
  reply.deliver(service_answer{});
}

} // namespace apogee::remoting
