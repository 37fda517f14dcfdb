#include "actors/broker/topic_catalog.hpp"

#include "actors/broker/messages.hpp"
#include "messages/log.capnp.h"
#include "messages/names.hpp"

#include <caf/system_messages.hpp>

#include <chrono>
#include <limits>
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
    b.setWriteQueues(topic.write_queues);
    b.setReadQueues(topic.read_queues);
    b.setSystemFlag(topic.system_flag);
    b.setOrdered(topic.is_ordered);
    auto list =
      b.initAttributes(static_cast<unsigned>(topic.attributes.size()));
    unsigned i = 0;
    for (const auto& [name, value] : topic.attributes) {
      list[i].setName(name);
      list[i++].setValue(value);
    }
  });
  return {record_type::topic_config, ack_level::disk, body.words()};
}

failure unknown_topic(const std::string& name) {
  return {errc::unknown_topic, "topic '" + name
                                 + "' does not exist on this broker; 'apogee "
                                   "topic list' shows those there are"};
}

/// What the broker keeps in its own topics would be lost with them.
result<void> check_alterable(const std::string& name) {
  if (!is_closed_topic(name))
    return {};
  return {errc::permission_denied,
          "topic '" + name
            + "' is the broker's own: it is neither altered nor deleted"};
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
        out.setWriteQueues(topics[i].write_queues);
        out.setReadQueues(topics[i].read_queues);
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
    if (dispatcher_ && dispatcher_.address() == down.source)
      dispatcher_ = nullptr;
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
      return tell_all();
    },
    [this](const dispatcher_started& started) {
      self_->monitor(started.dispatcher);
      dispatcher_ = started.dispatcher;
      return tell_all();
    },
    [this](const envelope<schema::TopicCreate>& request) {
      create(request, answer{self_->make_response_promise()});
    },
    [this](const envelope<schema::TopicUpdate>& request) { update(request); },
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
  for (auto& reply : std::exchange(awaiting_, {}))
    reply.deliver(*topics);
  on_ready_();
}

topic_catalog::topics_promise topic_catalog::tell_all() {
  auto reply = self_->make_response_promise<std::vector<topic_info>>();
  if (is_ready_)
    reply.deliver(all());
  else
    awaiting_.push_back(reply);
  return reply;
}

void topic_catalog::create(const envelope<schema::TopicCreate>& request,
                           answer reply) {
  const auto wanted = request.read([](schema::TopicCreate::Reader r) {
    core::topic_wish wish;
    wish.write_queues = r.getQueues();
    wish.read_queues =
      r.getReadQueues() == 0 ? r.getQueues() : r.getReadQueues();
    wish.permission = r.getPermission();
    return std::pair{std::string{r.getName()}, std::move(wish)};
  });
  if (!wanted)
    reply.refuse(wanted.error());
  else if (const auto found = topics_.find(wanted->first);
           found != topics_.end())
    reply.refuse({errc::topic_exists,
                  "topic '" + wanted->first + "' exists already, with "
                    + std::to_string(found->second.queues) + " queues"});
  else if (changing_.contains(wanted->first))
    creations_[wanted->first].push_back({request, std::move(reply)});
  else
    change(core::new_topic(wanted->first), wanted->second, std::move(reply));
}

void topic_catalog::update(const envelope<schema::TopicUpdate>& request) {
  answer reply{self_->make_response_promise()};

  struct update {
    std::string name;
    core::topic_wish wish;
    bool creates = false;
  };

  const auto wanted = request.read([](schema::TopicUpdate::Reader r) -> update {
    update out{r.getName(), {}, r.getCreates()};
    if (r.getWriteQueues() != 0)
      out.wish.write_queues = r.getWriteQueues();
    if (r.getReadQueues() != 0)
      out.wish.read_queues = r.getReadQueues();
    if (r.getPermission() != 0)
      out.wish.permission = r.getPermission();
    if (r.hasHints()) {
      out.wish.system_flag = r.getHints().getSystemFlag();
      out.wish.is_ordered = r.getHints().getOrdered();
    }
    out.wish.attribute_changes = r.getAttributes();
    return out;
  });
  if (!wanted) {
    reply.refuse(wanted.error());
    return;
  }
  if (auto allowed = check_alterable(wanted->name); !allowed) {
    reply.refuse(allowed.error());
    return;
  }
  const auto found = topics_.find(wanted->name);
  if (found != topics_.end())
    change(found->second, wanted->wish, std::move(reply));
  else if (wanted->creates || !is_ready_)
    change(core::new_topic(wanted->name), wanted->wish, std::move(reply));
  else
    reply.refuse(unknown_topic(wanted->name));
}

/// Keeps the topic as it is wished, and answers.
void topic_catalog::change(const topic_info& from, const core::topic_wish& wish,
                           answer reply) {
  // How many queues its own topics need is not the operator's choice.
  const auto queues_max = is_closed_topic(from.name)
                            ? std::numeric_limits<std::uint32_t>::max()
                            : shared_->settings.broker.queues_per_topic_max;
  auto topic = core::alter(from, wish, queues_max);
  if (!topic) {
    reply.refuse(topic.error());
  } else if (!is_ready_) {
    reply.refuse({errc::restarting, "the broker is starting; try again"});
  } else if (changing_.contains(topic->name)) {
    reply.refuse({errc::busy, "topic '" + topic->name + "' is being changed"});
  } else {
    if (topic->id.value == 0) {
      topic->id = {id_next_++};
      topic->created_ms = shared_->wall_clock_ms();
    }
    changing_.emplace(topic->name, std::move(reply));
    keep(std::move(*topic));
  }
}

void topic_catalog::remove(const envelope<schema::TopicDelete>& request) {
  answer reply{self_->make_response_promise()};
  const auto name = request.read(
    [](schema::TopicDelete::Reader r) { return std::string{r.getName()}; });
  if (!name) {
    reply.refuse(name.error());
    return;
  }
  if (auto allowed = check_alterable(*name); !allowed) {
    reply.refuse(allowed.error());
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
  end_change(topic.name).refuse(to_failure(error));
  create_waiting(topic.name);
}

answer topic_catalog::end_change(const std::string& name) {
  return std::move(changing_.extract(name).mapped());
}

/// Those who wanted to create the topic while it was being changed.
void topic_catalog::create_waiting(const std::string& name) {
  if (auto waiting = creations_.extract(name))
    for (auto& [request, reply] : waiting.mapped())
      create(request, std::move(reply));
}

void topic_catalog::publish(const topic_info& topic) {
  if (topic.deleted)
    topics_.erase(topic.name);
  else
    topics_[topic.name] = topic;
  // First of all to the dispatcher: whoever else hears of a topic has messages
  // for it.
  if (dispatcher_)
    self_->send(dispatcher_, std::vector<topic_info>{topic});
  for (const auto& subscriber : subscribers_)
    self_->send(subscriber, std::vector<topic_info>{topic});
  end_change(topic.name).give(make_topic_list({topic}));
  create_waiting(topic.name);
}

std::vector<topic_info> topic_catalog::all() const {
  std::vector<topic_info> topics;
  topics.reserve(topics_.size());
  for (const auto& [name, topic] : topics_)
    topics.push_back(topic);
  return topics;
}

} // namespace apogee::broker
