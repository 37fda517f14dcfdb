#include "actors/remoting/offset_service.hpp"

#include "actors/remoting/queue_questions.hpp"
#include "actors/remoting/request_reading.hpp"
#include "messages/remoting_bodies/name_lists.hpp"
#include "messages/remoting_bodies/offset_tables.hpp"
#include "messages/remoting_bodies/statistics.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace apogee::remoting {

namespace {

/// A session gives up asking its client before that.
constexpr std::chrono::seconds member_timeout{30};

service_answer body_answer(std::string body) {
  return {response_code::success, {}, {}, std::move(body)};
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto one = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    if (!one.empty())
      out.emplace_back(one);
  }
  return out;
}

/// What members say while they are being asked one by one.
struct member_inquiry {
  std::map<std::string, offset_table> said;
  std::size_t missing = 0;
  caf::typed_response_promise<service_answer> reply;

  void finish_one() {
    if (--missing == 0)
      reply.deliver(body_answer(write_consumer_status(said)));
  }
};

} // namespace

/// A group's queues while they are being asked.
struct offset_service::progress_inquiry {
  consume_stats stats;
  std::size_t missing = 1; ///< until all are asked
  reply_promise reply;

  void finish_one() {
    if (--missing == 0)
      reply.deliver(body_answer(write_consume_stats(stats)));
  }
};

offset_service::offset_service(caf::event_based_actor* self,
                               offset_service_options options)
  : self_(self), options_(std::move(options)),
    topics_(self, options_.topic_catalog) {}

caf::behavior offset_service::make_behavior() {
  topics_.start();
  return {
    [this](const service_request& request) { return serve(request); },
    [this](const std::vector<topic_info>& changed) { topics_.take(changed); },
    [this](subscribe_again_atom) { topics_.subscribe(); },
  };
}

const request_table<offset_service::handler>& offset_service::handlers() {
  static const request_table<handler> table{
    {request_code::get_earliest_message_store_time,
     &offset_service::show_earliest_time},
    {request_code::get_consume_stats, &offset_service::show_progress},
    {request_code::get_all_consumer_offset, &offset_service::show_all},
    {request_code::query_topic_consume_by_who, &offset_service::list_groups},
    {request_code::query_topics_by_consumer, &offset_service::list_topics},
    {request_code::invoke_broker_to_get_consumer_status,
     &offset_service::show_members_offsets},
    {request_code::invoke_broker_to_reset_offset, &offset_service::reset},
    {request_code::clone_group_offset, &offset_service::clone},
  };
  return table;
}

const std::vector<std::int32_t>& offset_service_codes() {
  return offset_service::handlers().codes();
}

offset_service::reply_promise
offset_service::serve(const service_request& from) {
  auto reply = self_->make_response_promise<service_answer>();
  const read_request request{from};
  (this->*handlers().at(request.code()))(*request, reply);
  return reply;
}

// -- looking ------------------------------------------------------------------

void offset_service::show_earliest_time(const command& request,
                                        reply_promise reply) {
  field_reader fields{request};
  const std::string topic{fields.text("topic")};
  const auto queue = static_cast<std::uint32_t>(fields.int32("queueId"));
  if (!fields.outcome()) {
    reply.deliver(refusal(fields.outcome().error()));
    return;
  }
  auto give = [reply](std::int64_t time_ms) mutable {
    reply.deliver(service_answer{
      response_code::success, {}, {{"timestamp", std::to_string(time_ms)}}});
  };
  ask_queue_ends(self_, options_.dispatcher, topic, queue, -1,
                 [this, topic, queue, reply,
                  give](const result<core::queue_ends>& ends) mutable {
                   if (!ends)
                     reply.deliver(refusal(ends.error()));
                   else if (ends->min == ends->max)
                     give(-1);
                   else
                     ask_store_time(self_, options_.dispatcher, topic, queue,
                                    ends->min, give);
                 });
}

void offset_service::show_progress(const command& request,
                                   reply_promise reply) {
  field_reader fields{request};
  const std::string group{fields.text("consumerGroup")};
  if (!fields.outcome()) {
    reply.deliver(refusal(fields.outcome().error()));
    return;
  }
  auto known = offsets_of(group);
  if (!known) {
    reply.deliver(refusal(known.error()));
    return;
  }
  auto wanted = split(fields.optional_text("topicList").value_or(""));
  if (const auto topic = fields.optional_text("topic");
      topic && !topic->empty())
    wanted = {std::string{*topic}};
  if (wanted.empty())
    for (const auto& [topic, offsets] : *known)
      wanted.push_back(topic);
  const auto inquiry = std::make_shared<progress_inquiry>();
  inquiry->reply = reply;
  for (const auto& name : wanted) {
    const auto* topic = topics_.find(name);
    if (topic == nullptr || !is_subscribed(group, name))
      continue;
    if (const auto rate = options_.statistics->report(
          core::flow_kind::group_get, core::group_flow_key(name, group),
          self_->clock().now()))
      inquiry->stats.consumed_per_second += rate->minute.messages_per_second();
    const auto read = options_.statistics->known_group_get(name, group);
    for (std::uint32_t queue = 0; queue < topic->read_queues; ++queue)
      ask_progress(inquiry, name, queue, (*known)[name][queue],
                   read ? read->pulled(queue) : queue_offset{});
  }
  inquiry->finish_one();
}

void offset_service::ask_progress(
  const std::shared_ptr<progress_inquiry>& inquiry, const std::string& topic,
  std::uint32_t queue, queue_offset committed, queue_offset pulled) {
  ++inquiry->missing;
  auto& progress = inquiry->stats.queues[queue_of(topic, queue)];
  progress.consumer_offset = static_cast<std::int64_t>(committed.value);
  ask_queue_ends(self_, options_.dispatcher, topic, queue, -1,
                 [this, inquiry, topic, queue, committed, pulled,
                  &progress](const result<core::queue_ends>& ends) {
                   if (!ends) {
                     inquiry->reply.deliver(refusal(ends.error()));
                     return;
                   }
                   progress.broker_offset =
                     static_cast<std::int64_t>(ends->max.value);
                   progress.pull_offset = static_cast<std::int64_t>(
                     std::min(std::max(committed, pulled), ends->max).value);
                   if (committed.value == 0) {
                     inquiry->finish_one();
                     return;
                   }
                   ask_store_time(self_, options_.dispatcher, topic, queue,
                                  {committed.value - 1},
                                  [inquiry, &progress](std::int64_t time_ms) {
                                    progress.last_ms =
                                      std::max<std::int64_t>(time_ms, 0);
                                    inquiry->finish_one();
                                  });
                 });
}

void offset_service::show_all(const command&, reply_promise reply) {
  std::map<std::string, offsets_by_queue_id> all;
  for (const auto& group : options_.group_configs->all()) {
    const auto known = offsets_of(group->name);
    if (!known) {
      reply.deliver(refusal(known.error()));
      return;
    }
    for (const auto& [topic, offsets] : *known)
      for (const auto& [queue, offset] : offsets)
        all[topic + "@" + group->name][static_cast<std::int32_t>(queue)] =
          static_cast<std::int64_t>(offset.value);
  }
  reply.deliver(body_answer(write_consumer_offsets(all, {})));
}

/// Groups with a member that subscribes to the topic, or with an offset there.
void offset_service::list_groups(const command& request, reply_promise reply) {
  field_reader fields{request};
  const std::string name{fields.text("topic")};
  const auto* topic = topics_.find(name);
  std::vector<std::string> groups;
  for (const auto& group : options_.group_configs->all()) {
    const auto members = options_.members->rocketmq(group->name);
    auto is_reader =
      std::any_of(members.begin(), members.end(), [&](const auto& member) {
        return member.topics.contains(name);
      });
    if (!is_reader && topic != nullptr)
      if (const auto known = options_.offsets->of(group->name))
        is_reader = (*known)->has_topic(topic->id);
    if (is_reader)
      groups.push_back(group->name);
  }
  reply.deliver(body_answer(write_group_list(groups)));
}

void offset_service::list_topics(const command& request, reply_promise reply) {
  field_reader fields{request};
  const auto known = offsets_of(std::string{fields.text("group")});
  if (!known) {
    reply.deliver(refusal(known.error()));
    return;
  }
  std::vector<std::string> topics;
  for (const auto& [topic, offsets] : *known)
    topics.push_back(topic);
  reply.deliver(body_answer(write_topic_list(topics)));
}

/// Asks each member, or the one that is named; who does not answer is left out.
void offset_service::show_members_offsets(const command& request,
                                          reply_promise reply) {
  field_reader fields{request};
  const std::string topic{fields.text("topic")};
  const std::string group{fields.text("group")};
  const std::string only{fields.optional_text("clientAddr").value_or("")};
  const auto clients = options_.clients();
  if (!fields.outcome() || !clients) {
    reply.deliver(
      refusal(fields.outcome() ? clients.error() : fields.outcome().error()));
    return;
  }
  auto members = options_.members->rocketmq(group);
  std::erase_if(members, [&](const core::rocketmq_member& member) {
    return !only.empty() && member.id != only;
  });
  if (members.empty()) {
    reply.deliver(
      refusal(response_code::system_error,
              "No Any Consumer online in the consumer group: [" + group + "]"));
    return;
  }
  const auto inquiry = std::make_shared<member_inquiry>();
  inquiry->missing = members.size();
  inquiry->reply = reply;
  for (const auto& member : members)
    self_
      ->request(
        *clients, member_timeout,
        member_request{
          group,
          member.id,
          {request_code::get_consumer_status_from_client,
           {{"topic", topic}, {"group", group}, {"clientAddr", member.address}},
           {},
           false}})
      .then(
        [inquiry, id = member.id](const service_answer& answer) {
          if (answer.code == response_code::success)
            if (auto offsets = parse_consumer_status(answer.body))
              inquiry->said[id] = std::move(*offsets);
          inquiry->finish_one();
        },
        [inquiry](const caf::error&) { inquiry->finish_one(); });
}

// -----------------------------------------------------------------------------

/// By topics that there are.
result<offset_service::topic_offsets>
offset_service::offsets_of(const std::string& group) const {
  const auto known = options_.offsets->of(group);
  if (!known)
    return known.error();
  std::map<topic_id, queue_offsets> by_id;
  for (const auto& [queue, offset] : (*known)->all())
    by_id[queue.topic][queue.number] = offset;
  topic_offsets out;
  if (!by_id.empty())
    for (const auto& [name, topic] : topics_.all())
      if (auto found = by_id.extract(topic.id))
        out.emplace(name, std::move(found.mapped()));
  return out;
}

/// What its members no longer read is not the group's any more. What native
/// members read is not known here.
bool offset_service::is_subscribed(const std::string& group,
                                   const std::string& topic) const {
  const auto members = options_.members->rocketmq(group);
  return members.empty() || !options_.members->native(group).empty()
         || std::any_of(members.begin(), members.end(), [&](const auto& x) {
              return x.topics.contains(topic);
            });
}

message_queue offset_service::queue_of(const std::string& topic,
                                       std::uint32_t number) const {
  return {topic, options_.broker_name, static_cast<std::int32_t>(number)};
}

} // namespace apogee::remoting
