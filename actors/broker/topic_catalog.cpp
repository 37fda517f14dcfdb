#include "actors/broker/topic_catalog.hpp"

#include "messages/log.capnp.h"
#include "messages/names.hpp"

#include <caf/system_messages.hpp>

#include <chrono>
#include <utility>

namespace apogee::broker {

namespace {

/// A record is written or the node stops long before.
constexpr std::chrono::seconds log_timeout{60};

append_record make_record(const topic_info& topic) {
  const auto body = envelope<schema::TopicConfig>::build([&](auto b) {
    b.setId(topic.id.value);
    b.setName(topic.name);
    b.setQueues(topic.queues);
    b.setPermission(topic.permission);
    b.setDeleted(topic.deleted);
    b.setCreatedMs(topic.created_ms);
  });
  return {record_type::topic_config, ack_level::disk, body.words()};
}

failure unknown_topic(const std::string& name) {
  return {errc::unknown_topic, "topic '" + name
                                 + "' does not exist on this broker; 'apogee "
                                   "topic list' shows those there are"};
}

} // namespace

envelope<schema::TopicList>
make_topic_list(const std::vector<topic_info>& topics) {
  return envelope<schema::TopicList>::build(
    [&](schema::TopicList::Builder b) {
      auto list = b.initTopics(static_cast<unsigned>(topics.size()));
      for (unsigned i = 0; i < list.size(); ++i) {
        auto out = list[i];
        out.setId(topics[i].id.value);
        out.setName(topics[i].name);
        out.setQueues(topics[i].queues);
        out.setPermission(topics[i].permission);
        out.setCreatedMs(topics[i].created_ms);
      }
    },
    16 + topics.size() * 12);
}

topic_catalog::topic_catalog(caf::event_based_actor* self, context_ptr shared,
                             log_service_actor log,
                             std::function<void()> on_ready)
  : self_(self), shared_(std::move(shared)), log_(std::move(log)),
    on_ready_(std::move(on_ready)) {}

caf::behavior topic_catalog::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& down) {
    std::erase_if(subscribers_, [&](const caf::actor& subscriber) {
      return subscriber.address() == down.source;
    });
  });
  self_->request(log_, log_timeout, barrier_atom::value)
    .then([this](log_position) { load(); },
          [this](caf::error& error) { self_->quit(std::move(error)); });
  return {
    [this](caf::subscribe_atom, const caf::actor& subscriber) {
      self_->monitor(subscriber);
      subscribers_.insert(subscriber);
      return all();
    },
    [this](const envelope<schema::TopicCreate>& request) { create(request); },
    [this](const envelope<schema::TopicDelete>& request) { remove(request); },
    [this](const envelope<schema::TopicQuery>& request) { list(request); },
  };
}

void topic_catalog::load() {
  const auto topics = shared_->views->topics();
  const auto id_next = shared_->views->topic_id_next();
  if (!topics || !id_next) {
    self_->quit(make_error(topics ? id_next.error() : topics.error()));
    return;
  }
  id_next_ = *id_next;
  for (const auto& topic : *topics)
    topics_.emplace(topic.name, topic);
  is_ready_ = true;
  for (const auto& subscriber : subscribers_)
    self_->send(subscriber, *topics);
  on_ready_();
}

void topic_catalog::create(const envelope<schema::TopicCreate>& request) {
  answer reply{self_->make_response_promise()};
  auto topic = check(request);
  if (!topic) {
    reply.refuse(topic.error());
    return;
  }
  topic->id = {id_next_++};
  topic->created_ms = shared_->wall_clock_ms();
  changing_.emplace(topic->name, std::move(reply));
  keep(std::move(*topic));
}

result<topic_info>
topic_catalog::check(const envelope<schema::TopicCreate>& request) const {
  return request.read([&](schema::TopicCreate::Reader r) -> result<topic_info> {
    topic_info topic;
    topic.name = r.getName();
    topic.queues = r.getQueues();
    topic.permission = r.getPermission();
    if (auto legal = check_topic_name(topic.name); !legal)
      return legal.error();
    const auto queues_max = shared_->settings.broker.queues_per_topic_max;
    if (topic.queues == 0 || topic.queues > queues_max)
      return {errc::invalid_argument,
              "a topic has 1 to " + std::to_string(queues_max) + " queues, not "
                + std::to_string(topic.queues)
                + " (broker.queues-per-topic-max)"};
    if (topic.permission == 0 || (topic.permission & ~6) != 0)
      return {errc::invalid_argument,
              "a permission is 2 (write), 4 (read) or 6 (both), not "
                + std::to_string(topic.permission)};
    if (!is_ready_)
      return {errc::restarting, "the broker is starting; try again"};
    if (changing_.contains(topic.name))
      return {errc::busy, "topic '" + topic.name + "' is being changed"};
    if (topics_.contains(topic.name))
      return {errc::topic_exists,
              "topic '" + topic.name + "' exists already, with "
                + std::to_string(topics_.at(topic.name).queues) + " queues"};
    return topic;
  });
}

void topic_catalog::remove(const envelope<schema::TopicDelete>& request) {
  answer reply{self_->make_response_promise()};
  const auto name = request.read(
    [](schema::TopicDelete::Reader r) { return std::string{r.getName()}; });
  if (!name) {
    reply.refuse(name.error());
    return;
  }
  const auto found = topics_.find(*name);
  if (found == topics_.end()) {
    reply.refuse(is_ready_
                   ? unknown_topic(*name)
                   : failure{errc::restarting, "the broker is starting"});
    return;
  }
  if (changing_.contains(*name)) {
    reply.refuse({errc::busy, "topic '" + *name + "' is being changed"});
    return;
  }
  changing_.emplace(*name, std::move(reply));
  auto topic = found->second;
  topic.deleted = true;
  keep(std::move(topic));
}

void topic_catalog::list(const envelope<schema::TopicQuery>& request) {
  answer reply{self_->make_response_promise()};
  const auto name = request.read(
    [](schema::TopicQuery::Reader r) { return std::string{r.getName()}; });
  if (!name) {
    reply.refuse(name.error());
  } else if (name->empty()) {
    reply.give(make_topic_list(all()));
  } else if (const auto found = topics_.find(*name); found != topics_.end()) {
    reply.give(make_topic_list({found->second}));
  } else {
    reply.refuse(unknown_topic(*name));
  }
}

void topic_catalog::keep(topic_info topic) {
  self_->request(log_, log_timeout, make_record(topic))
    .then(
      [this, topic](log_position) { publish(topic); },
      [this, topic](const caf::error& error) { keep_failed(topic, error); });
}

void topic_catalog::keep_failed(const topic_info& topic,
                                const caf::error& error) {
  auto reply = std::move(changing_.at(topic.name));
  changing_.erase(topic.name);
  reply.refuse(to_failure(error));
}

void topic_catalog::publish(const topic_info& topic) {
  if (topic.deleted)
    topics_.erase(topic.name);
  else
    topics_[topic.name] = topic;
  for (const auto& subscriber : subscribers_)
    self_->send(subscriber, std::vector<topic_info>{topic});
  auto reply = std::move(changing_.at(topic.name));
  changing_.erase(topic.name);
  reply.give(make_topic_list({topic}));
}

std::vector<topic_info> topic_catalog::all() const {
  std::vector<topic_info> topics;
  topics.reserve(topics_.size());
  for (const auto& [name, topic] : topics_)
    topics.push_back(topic);
  return topics;
}

} // namespace apogee::broker
