#include "actors/broker/group_catalog.hpp"

#include "actors/core/retry_rules.hpp"
#include "messages/names.hpp"

#include <caf/actor_cast.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace apogee::broker {

namespace {

/// A record is written or the node stops long before.
constexpr std::chrono::seconds log_timeout{60};
constexpr std::chrono::seconds catalog_timeout{10};

/// Of a group's record: its attributes and delays are somebody else's.
constexpr std::size_t config_bytes_max = 64u << 10;

append_record make_record(const group_config& group) {
  return {record_type::group_config, ack_level::disk,
          encode_group_config(group).words()};
}

} // namespace

group_catalog::group_catalog(caf::event_based_actor* self, context_ptr shared,
                             log_service_actor log, caf::actor topic_catalog,
                             std::function<void()> on_ready)
  : self_(self), shared_(std::move(shared)), log_(std::move(log)),
    topic_catalog_(std::move(topic_catalog)), on_ready_(std::move(on_ready)) {}

group_catalog::~group_catalog() {
  for (const auto& [name, offsets] : ending_)
    offsets->resume();
}

caf::behavior group_catalog::make_behavior() {
  load();
  return {
    [this](const group_wanted& request) { want(request); },
    [this](const group_update& request) { update(request); },
    [this](const group_removal& request) { remove(request); },
    [this](const std::vector<topic_info>& changed) { topics_changed(changed); },
  };
}

void group_catalog::load() {
  const auto end = [this](caf::error& error) { self_->quit(std::move(error)); };
  self_
    ->request(topic_catalog_, catalog_timeout, caf::subscribe_atom::value,
              caf::actor_cast<caf::actor>(self_))
    .then(
      [this, end](const std::vector<topic_info>& topics) {
        topics_changed(topics);
        self_->request(log_, log_timeout, barrier_atom::value)
          .then([this](log_position) { load_groups(); }, end);
      },
      end);
}

void group_catalog::load_groups() {
  auto groups = shared_->views->groups();
  if (!groups) {
    self_->quit(make_error(groups.error()));
    return;
  }
  shared_->groups->replace(std::move(*groups));
  is_ready_ = true;
  on_ready_();
}

// -- requests -----------------------------------------------------------------

result<void> group_catalog::check(const std::string& name) const {
  if (auto legal = check_group_name(name); !legal)
    return legal;
  if (!is_ready_)
    return {errc::restarting, "the groups of this broker are being read; "
                              "try again"};
  return {};
}

void group_catalog::want(const group_wanted& request) {
  answer reply{self_->make_response_promise()};
  if (auto sound = check(request.name); !sound) {
    reply.refuse(sound.error());
    return;
  }
  if (const auto waiting = changing_.find(request.name);
      waiting != changing_.end()) {
    waiting->second.push_back(std::move(reply));
    return;
  }
  const auto known = shared_->groups->find(request.name);
  if (!known && !shared_->settings.groups.auto_create) {
    reply.refuse({errc::unknown_group,
                  "group '" + request.name
                    + "' does not exist on this broker; create it, or set "
                      "groups.auto-create"});
    return;
  }
  if (!known) {
    group_config group;
    group.name = request.name;
    group.is_ordered = request.is_ordered;
    group.created_ms = shared_->wall_clock_ms();
    keep(std::move(group), std::move(reply));
    return;
  }
  if (retry_topics_.contains(retry_topic(request.name))) {
    reply.give(*known);
    return;
  }
  changing_[request.name].push_back(std::move(reply));
  make_retry_topic(request.name);
}

void group_catalog::update(const group_update& request) {
  answer reply{self_->make_response_promise()};
  auto group = request.group;
  auto sound = check(group.name);
  if (sound)
    sound = check_config(group);
  if (sound && changing_.contains(group.name))
    sound = {errc::busy, "group '" + group.name + "' is being changed"};
  if (!sound) {
    reply.refuse(sound.error());
    return;
  }
  const auto known = shared_->groups->find(group.name);
  group.created_ms = known ? known->created_ms : shared_->wall_clock_ms();
  keep(std::move(group), std::move(reply));
}

result<void> group_catalog::check_config(const group_config& group) const {
  const auto queues_max = shared_->settings.broker.queues_per_topic_max;
  if (group.retry_queues > static_cast<std::int64_t>(queues_max))
    return {errc::invalid_argument,
            "a retry topic has up to " + std::to_string(queues_max)
              + " queues, not " + std::to_string(group.retry_queues)
              + " (broker.queues-per-topic-max)"};
  if (auto sound = core::check_retry_policy(group.retry_policy); !sound)
    return sound;
  if (encode_group_config(group).size_bytes() > config_bytes_max)
    return {errc::invalid_argument,
            "the config of group '" + group.name + "' is larger than "
              + std::to_string(config_bytes_max) + " bytes"};
  return {};
}

void group_catalog::remove(const group_removal& request) {
  answer reply{self_->make_response_promise()};
  auto sound = check(request.name);
  const auto known = shared_->groups->find(request.name);
  if (sound && !known && request.keeps_offsets)
    sound = {errc::unknown_group,
             "group '" + request.name + "' does not exist on this broker"};
  if (sound && changing_.contains(request.name))
    sound = {errc::busy, "group '" + request.name + "' is being changed"};
  if (!sound) {
    reply.refuse(sound.error());
    return;
  }
  const auto offsets = shared_->offsets->of(request.name);
  if (!offsets) {
    reply.refuse(offsets.error());
    return;
  }
  auto group = known ? *known : group_config{};
  group.name = request.name;
  group.deleted = true;
  group.keeps_offsets = request.keeps_offsets;
  if (!group.keeps_offsets) {
    (*offsets)->suspend();
    ending_[request.name] = *offsets;
  }
  keep(std::move(group), std::move(reply));
}

// -- changes ------------------------------------------------------------------

void group_catalog::keep(group_config group, answer reply) {
  changing_[group.name].push_back(std::move(reply));
  self_->request(log_, log_timeout, make_record(group))
    .then(
      [this, group](log_position) {
        shared_->groups->take(group);
        if (!group.deleted)
          return make_retry_topic(group.name);
        if (const auto ending = ending_.extract(group.name))
          ending.mapped()->clear();
        finish(group.name, group);
      },
      [this, name = group.name](const caf::error& error) {
        if (const auto ending = ending_.extract(name))
          ending.mapped()->resume();
        finish(name, to_failure(error));
      });
}

void group_catalog::make_retry_topic(const std::string& name) {
  const auto known = shared_->groups->find(name);
  APOGEE_CHECK(known != nullptr); // nobody else changes it meanwhile
  const auto& group = *known;
  const auto topic = retry_topic(name);
  const auto queues =
    static_cast<std::uint32_t>(std::max(group.retry_queues, 1));
  const auto there = retry_topics_.find(topic);
  const auto ask = [&](const auto& request) {
    self_->request(topic_catalog_, catalog_timeout, request)
      .then(
        [this, group](const envelope<schema::TopicList>&) {
          finish(group.name, group);
        },
        [this, group](const caf::error& error) {
          const auto why = to_failure(error);
          if (why.code == errc::topic_exists)
            finish(group.name, group);
          else
            finish(group.name, why);
        });
  };
  if (there == retry_topics_.end())
    ask(envelope<schema::TopicCreate>::build([&](auto b) {
      b.setName(topic);
      b.setQueues(queues);
    }));
  else if (there->second < queues)
    ask(envelope<schema::TopicUpdate>::build([&](auto b) {
      b.setName(topic);
      b.setWriteQueues(queues);
      b.setReadQueues(queues);
    }));
  else
    finish(name, group);
}

void group_catalog::finish(const std::string& name,
                           const result<group_config>& outcome) {
  const auto found = changing_.find(name);
  auto waiting = std::move(found->second);
  changing_.erase(found);
  for (auto& reply : waiting)
    if (outcome)
      reply.give(*outcome);
    else
      reply.refuse(outcome.error());
}

void group_catalog::topics_changed(const std::vector<topic_info>& changed) {
  for (const auto& topic : changed)
    if (!topic.name.starts_with(retry_topic_prefix))
      continue;
    else if (topic.deleted)
      retry_topics_.erase(topic.name);
    else
      retry_topics_[topic.name] =
        std::min(topic.read_queues, topic.write_queues);
}

} // namespace apogee::broker
