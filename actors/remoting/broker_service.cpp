#include "actors/remoting/broker_service.hpp"

#include "actors/broker/messages.hpp"
#include "actors/remoting/named_statistics.hpp"
#include "actors/remoting/queue_questions.hpp"
#include "actors/remoting/request_reading.hpp"
#include "messages/remoting_bodies/name_lists.hpp"
#include "messages/remoting_bodies/settings_text.hpp"
#include "messages/remoting_bodies/statistics.hpp"
#include "messages/remoting_bodies/topic_config.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <memory>
#include <utility>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;

/// The shortest rate that is shown is of ten seconds.
constexpr auto sample_interval = 5s;

using sample_atom = caf::atom_constant<caf::atom("sample")>;

/// Reading the log's first record may wait for the disk, and for what others
/// read from it; the original's tools wait for 5 s.
constexpr auto log_timeout = 1s;

/// Number of the day here at that time, in milliseconds since 1970.
std::int64_t local_day(std::int64_t time_ms) {
  constexpr std::int64_t day_seconds = 86'400;
  const std::time_t time = time_ms / 1000;
  std::tm here{};
  localtime_r(&time, &here);
  return (time + here.tm_gmtoff) / day_seconds;
}

topic_config config_of(const topic_info& topic) {
  topic_config out;
  out.name = topic.name;
  out.read_queues = static_cast<std::int32_t>(topic.read_queues);
  out.write_queues = static_cast<std::int32_t>(topic.write_queues);
  out.permission = topic.permission;
  out.system_flag = topic.system_flag;
  out.is_ordered = topic.is_ordered;
  out.attributes = topic.attributes;
  return out;
}

service_answer body_answer(std::string body) {
  return {response_code::success, {}, {}, std::move(body)};
}

service_answer no_topic(const std::string& topic) {
  return refusal(response_code::topic_not_exist,
                 "topic[" + topic + "] not exist");
}

} // namespace

/// One topic's queues while they are being asked.
struct broker_service::queue_inquiry {
  std::string broker;
  std::string topic;
  topic_stats stats;
  std::size_t missing = 0;
  reply_promise reply;

  queue_bounds& bounds(std::uint32_t queue) {
    return stats.queues[{topic, broker, static_cast<std::int32_t>(queue)}];
  }

  void finish_one() {
    if (--missing == 0)
      reply.deliver(body_answer(write_topic_stats(stats)));
  }
};

broker_service::broker_service(caf::event_based_actor* self,
                               broker_service_options options)
  : self_(self), options_(std::move(options)),
    started_ms_(options_.shared->wall_clock_ms()),
    topics_(self, options_.topic_catalog) {}

caf::behavior broker_service::make_behavior() {
  topics_.start();
  sample();
  return {
    [this](const service_request& request) { return serve(request); },
    [this](const std::vector<topic_info>& changed) { topics_.take(changed); },
    [this](subscribe_again_atom) { topics_.subscribe(); },
    [this](sample_atom) { sample(); },
  };
}

const request_table<broker_service::handler>& broker_service::handlers() {
  static const request_table<handler> table{
    {request_code::get_broker_runtime_info, &broker_service::show_runtime},
    {request_code::get_broker_config, &broker_service::show_settings},
    {request_code::update_broker_config, &broker_service::change_settings},
    {request_code::get_all_topic_config, &broker_service::show_topics},
    {request_code::get_topic_config, &broker_service::show_topic},
    {request_code::get_topic_stats_info, &broker_service::show_queues},
    {request_code::view_broker_stats_data, &broker_service::show_statistics},
  };
  return table;
}

const std::vector<std::int32_t>& broker_service_codes() {
  return broker_service::handlers().codes();
}

broker_service::reply_promise
broker_service::serve(const service_request& from) {
  auto reply = self_->make_response_promise<service_answer>();
  const read_request request{from};
  (this->*handlers().at(request.code()))(*request, reply);
  return reply;
}

// -- state and settings -------------------------------------------------------

void broker_service::show_runtime(const command&, reply_promise reply) {
  const auto broker = options_.dispatcher();
  if (!broker) {
    reply.deliver(refusal(broker.error()));
    return;
  }
  self_->request(*broker, log_timeout, broker::find_oldest_time{})
    .then(
      [this, reply](std::int64_t oldest_ms) {
        oldest_ms_ = oldest_ms;
        give_runtime(reply);
      },
      [this, reply](const caf::error&) { give_runtime(reply); });
}

void broker_service::give_runtime(reply_promise reply) {
  read_traffic();
  const auto& counts = *options_.shared->counts;
  std::error_code failed;
  const auto disk =
    std::filesystem::space(options_.shared->settings.storage.data, failed);
  runtime_figures now;
  now.program_version = options_.shared->program_version;
  now.started_ms = started_ms_;
  now.now_ms = options_.shared->wall_clock_ms();
  now.oldest_ms = oldest_ms_;
  now.clients = options_.clients.get();
  now.log_start = counts.log_start;
  now.log_end = counts.written;
  now.flushed = counts.flushed;
  now.applied = options_.shared->views->applied().value;
  now.disk_total_bytes = failed ? 0 : disk.capacity;
  now.disk_free_bytes = failed ? 0 : disk.available;
  reply.deliver(body_answer(write_key_value_table(runtime_table(now))));
}

void broker_service::show_settings(const command&, reply_promise reply) {
  std::map<std::string, std::string> settings;
  for (auto& one :
       broker_setting_table(options_.shared->settings, options_.port()))
    settings.emplace(std::move(one.name), std::move(one.value));
  auto answer = body_answer(write_settings(settings));
  answer.fields.emplace_back("version",
                             write_data_version({0, started_ms_, 1}));
  reply.deliver(std::move(answer));
}

void broker_service::change_settings(const command& request,
                                     reply_promise reply) {
  const auto wanted = parse_settings(request.body);
  if (!wanted) {
    reply.deliver(refusal(wanted.error()));
    return;
  }
  const auto allowed = check_setting_change(
    broker_setting_table(options_.shared->settings, options_.port()), *wanted);
  reply.deliver(allowed ? service_answer{} : refusal(allowed.error()));
}

void broker_service::show_statistics(const command& request,
                                     reply_promise reply) {
  field_reader fields{request};
  const std::string name{fields.text("statsName")};
  const std::string key{fields.text("statsKey")};
  if (!fields.outcome()) {
    reply.deliver(refusal(fields.outcome().error()));
    return;
  }
  const auto& shared = *options_.shared;
  const auto found =
    named_statistics(*shared.statistics, shared.settings.node.cluster, name,
                     key, self_->clock().now());
  reply.deliver(
    found ? body_answer(write_broker_stats(*found))
          : refusal(response_code::system_error,
                    "The stats <" + name + "> <" + key + "> not exist"));
}

// -- topics -------------------------------------------------------------------

void broker_service::show_topics(const command&, reply_promise reply) {
  std::vector<topic_config> topics;
  topics.reserve(topics_.all().size());
  for (const auto& [name, topic] : topics_.all())
    topics.push_back(config_of(topic));
  reply.deliver(
    body_answer(write_topic_config_table(topics, {0, started_ms_, 1})));
}

void broker_service::show_topic(const command& request, reply_promise reply) {
  field_reader fields{request};
  const std::string name{fields.text("topic")};
  const auto* topic = topics_.find(name);
  reply.deliver(topic == nullptr
                  ? no_topic(name)
                  : body_answer(write_topic_config(config_of(*topic))));
}

void broker_service::show_queues(const command& request, reply_promise reply) {
  field_reader fields{request};
  const std::string name{fields.text("topic")};
  const auto* topic = topics_.find(name);
  if (topic == nullptr) {
    reply.deliver(no_topic(name));
    return;
  }
  const auto inquiry = std::make_shared<queue_inquiry>();
  inquiry->broker = options_.shared->settings.node.name;
  inquiry->topic = name;
  if (const auto put = options_.shared->statistics->report(
        core::flow_kind::topic_put, name, self_->clock().now()))
    inquiry->stats.puts_per_second = put->minute.messages_per_second();
  inquiry->missing = topic->sendable_queues();
  inquiry->reply = reply;
  for (std::uint32_t queue = 0; queue < topic->sendable_queues(); ++queue)
    ask_ends(inquiry, queue);
}

void broker_service::ask_ends(const std::shared_ptr<queue_inquiry>& inquiry,
                              std::uint32_t queue) {
  ask_queue_ends(self_, options_.dispatcher, inquiry->topic, queue, -1,
                 [this, inquiry, queue](const result<core::queue_ends>& ends) {
                   if (!ends) {
                     inquiry->reply.deliver(refusal(ends.error()));
                     return;
                   }
                   auto& bounds = inquiry->bounds(queue);
                   bounds.min_offset =
                     static_cast<std::int64_t>(ends->min.value);
                   bounds.max_offset =
                     static_cast<std::int64_t>(ends->max.value);
                   if (ends->max > ends->min)
                     ask_last_time(inquiry, queue, {ends->max.value - 1});
                   else
                     inquiry->finish_one();
                 });
}

/// The queue's last message tells when it was written to; one that cannot be
/// read leaves that open.
void broker_service::ask_last_time(
  const std::shared_ptr<queue_inquiry>& inquiry, std::uint32_t queue,
  queue_offset last) {
  ask_store_time(self_, options_.dispatcher, inquiry->topic, queue, last,
                 [inquiry, queue](std::int64_t time_ms) {
                   inquiry->bounds(queue).last_update_ms =
                     std::max<std::int64_t>(time_ms, 0);
                   inquiry->finish_one();
                 });
}

// -- what it keeps ------------------------------------------------------------

void broker_service::sample() {
  const auto now = self_->clock().now();
  read_traffic();
  options_.clients->sample(now, local_day(options_.shared->wall_clock_ms()),
                           options_.shared->counts->empty_pulls);
  options_.shared->statistics->sample(now);
  self_->delayed_send(self_, sample_interval, sample_atom::value);
}

void broker_service::read_traffic() {
  options_.clients->put = options_.shared->statistics->puts()->read();
  options_.clients->got = options_.shared->statistics->gets()->read();
}

} // namespace apogee::remoting
