#include "tests/actors/groups/groups_test.hpp"

#include <utility>

namespace apogee::groups {

namespace {

using namespace std::chrono_literals;

/// Keeps a record as the views would: what it says, and the offsets.
void keep(surroundings& world, const append_record& record) {
  const auto body = envelope<schema::OffsetCommit>::from_words(record.body);
  static_cast<void>(body.read([&](auto in) {
    auto text = "offsets " + std::string{in.getGroup()};
    for (const auto x : in.getOffsets()) {
      world.offsets[{{x.getTopicId()}, x.getQueue()}] = {x.getOffset()};
      text += " " + std::to_string(x.getQueue()) + "@"
              + std::to_string(x.getOffset());
    }
    world.log.push_back(text);
  }));
}

log_service_actor::behavior_type fake_log(surroundings_ptr world) {
  return {[world](const append_record& record) -> caf::result<log_position> {
            if (world->log_failure.code != errc::none)
              return make_error(world->log_failure);
            keep(*world, record);
            return log_position{world->log.size()};
          },
          [world](barrier_atom) { return log_position{world->log.size()}; }};
}

broker_service_actor::behavior_type
fake_broker(broker_service_actor::pointer self, surroundings_ptr world) {
  return {
    [](const envelope<schema::AppendRequest>&)
      -> caf::result<envelope<schema::AppendReply>> {
      return caf::sec::unexpected_message;
    },
    [](const envelope<schema::PullRequest>&)
      -> caf::result<envelope<schema::PullReply>> {
      return caf::sec::unexpected_message;
    },
    [self, world](const envelope<schema::OffsetQuery>&)
      -> caf::result<envelope<schema::OffsetAnswer>> {
      ++world->queries;
      if (world->broker_is_silent)
        return self->make_response_promise<envelope<schema::OffsetAnswer>>();
      if (world->broker_failure.code != errc::none)
        return make_error(world->broker_failure);
      return envelope<schema::OffsetAnswer>::build([&](auto out) {
        out.setMinOffset(10);
        out.setMaxOffset(world->length);
        out.setAtTime(50);
      });
    }};
}

topic_catalog_actor::behavior_type fake_catalog(surroundings_ptr world) {
  return {[world](caf::subscribe_atom, const caf::actor& subscriber) {
    world->subscribers.push_back(subscriber);
    return world->topics;
  }};
}

group_catalog_actor::behavior_type fake_groups(surroundings_ptr world) {
  return {[world](const group_wanted& wanted) -> caf::result<group_config> {
            if (world->group_failure.code != errc::none)
              return make_error(world->group_failure);
            group_config group;
            group.name = wanted.name;
            group.is_ordered = wanted.is_ordered;
            world->groups->take(group);
            return group;
          },
          [](const group_update&) -> caf::result<group_config> {
            return caf::sec::unexpected_message;
          },
          [](const group_removal&) -> caf::result<group_config> {
            return caf::sec::unexpected_message;
          }};
}

special::retry_service_actor::behavior_type fake_retry(surroundings_ptr world) {
  return {
    [world](const special::send_back& order)
      -> caf::result<special::stored_message_place> {
      if (world->retry_failure.code != errc::none)
        return make_error(world->retry_failure);
      world->given_back.push_back(
        order.group + " " + std::to_string(order.position.value) + " level "
        + std::to_string(order.delay_level) + " limit "
        + (order.retries_max ? std::to_string(*order.retries_max) : "none")
        + " id " + order.message_id);
      return special::stored_message_place{0, {1}, {4711}};
    },
    [](const special::retry_send&)
      -> caf::result<special::stored_message_place> {
      return caf::sec::unexpected_message;
    }};
}

template <class Handle>
result<Handle> present(const Handle& handle) {
  if (!handle)
    return {errc::restarting, "it is being restarted"};
  return handle;
}

} // namespace

groups_test::groups_test() {
  world->topics = {topic("t", 1, 4)};
  log = start_actor(fake_log, world);
  broker = start_actor(fake_broker, world);
  start_catalog();
  services->settings.heartbeat_interval = 3s;
  services->settings.release_timeout = 5s;
  services->settings.commit_interval = 500ms;
  services->log = [this] { return present(log); };
  services->broker = [this] { return present(broker); };
  group_catalog = start_actor(fake_groups, world);
  services->group_catalog = [this] { return present(group_catalog); };
  services->groups = world->groups;
  retry = start_actor(fake_retry, world);
  services->retry = [this] { return present(retry); };
  services->message_id = [](log_position position) {
    return std::to_string(position.value);
  };
  services->topics = [this] { return present(catalog); };
  services->offsets = std::make_shared<core::offset_table>(
    [world =
       world](const std::string&) -> result<std::vector<core::queue_commit>> {
      return std::vector<core::queue_commit>{world->offsets.begin(),
                                             world->offsets.end()};
    });
  services->locks = std::make_shared<core::queue_locks>();
  services->members = std::make_shared<core::group_members>();
  const auto clients = start_actor([world = world](caf::event_based_actor*) {
    return caf::behavior{[world](members_atom, const std::string& group) {
      world->told.push_back(group);
    }};
  });
  services->rocketmq_clients = [clients] { return present(clients); };
  committer =
    start_actor(offset_committer,
                offset_committer_options{services->offsets, services->log,
                                         services->settings.commit_interval});
  services->committer = [this] { return present(committer); };
  services->wall_clock_ms = [world = world] {
    return world->wall_clock_ms += 1'000;
  };
}

void groups_test::TearDown() {
  for (const auto& x : started_)
    caf::anon_send_exit(x, caf::exit_reason::kill);
  run();
}

void groups_test::start_catalog() {
  catalog = start_actor(fake_catalog, world);
}

void groups_test::stop_catalog() {
  const auto before = std::exchange(catalog, {});
  end(caf::actor_cast<caf::actor>(before));
}

topic_info groups_test::topic(const std::string& name, std::uint32_t id,
                              std::uint32_t queues) {
  topic_info info;
  info.id = {id};
  info.name = name;
  info.queues = info.write_queues = info.read_queues = queues;
  return info;
}

void groups_test::change_topics(const std::vector<topic_info>& changed) {
  for (const auto& subscriber : world->subscribers)
    caf::anon_send(subscriber, changed);
  run();
}

caf::actor groups_test::start_member(const std::string& id) {
  auto box = inboxes_[id] = std::make_shared<inbox>();
  members[id] = start_actor([box](caf::event_based_actor*) -> caf::behavior {
    return {[box](const envelope<schema::Assignment>& x) {
      static_cast<void>(x.read([&](auto in) {
        if (in.getGeneration() < box->generation)
          return; // overtaken by a newer one
        box->generation = in.getGeneration();
        box->queues.clear();
        for (const auto queue : in.getQueues())
          box->queues += std::to_string(queue.getQueue().getQueue()) + "@"
                         + std::to_string(queue.getOffset()) + " ";
      }));
    }};
  });
  return members[id];
}

std::string groups_test::assigned(const std::string& id) const {
  return inboxes_.at(id)->queues;
}

std::uint64_t groups_test::generation(const std::string& id) const {
  return inboxes_.at(id)->generation;
}

std::string groups_test::join(const std::string& id, const std::string& group,
                              std::vector<std::string> topics) {
  if (!members.contains(id))
    start_member(id);
  return ask<envelope<schema::JoinReply>>(
    envelope<schema::JoinRequest>::build([&](auto out) {
      out.setGroup(group);
      out.setMemberId(id);
      auto list = out.initTopics(static_cast<unsigned>(topics.size()));
      for (unsigned i = 0; i < list.size(); ++i)
        list.set(i, topics[i]);
      out.setStartFrom(schema::StartFrom::EARLIEST);
    }),
    members[id]);
}

std::string groups_test::report(
  const std::string& id,
  const std::vector<std::pair<std::uint32_t, std::uint64_t>>& offsets,
  bool leaving) {
  return ask<envelope<schema::MemberReportReply>>(
    envelope<schema::MemberReport>::build([&](auto out) {
      out.setGroup("g");
      out.setMemberId(id);
      out.setGeneration(generation(id));
      out.setLeaving(leaving);
      auto list = out.initOffsets(static_cast<unsigned>(offsets.size()));
      for (unsigned i = 0; i < list.size(); ++i) {
        list[i].initQueue().setTopic("t");
        list[i].getQueue().setQueue(offsets[i].first);
        list[i].setOffset(offsets[i].second);
      }
    }));
}

std::string groups_test::query(const std::string& group) {
  return ask<envelope<schema::GroupList>>(envelope<schema::GroupQuery>::build(
    [&](auto out) { out.setGroup(group); }));
}

std::string groups_test::reset(schema::StartFrom to, const std::string& topic,
                               const std::string& group) {
  return ask<envelope<schema::GroupList>>(
    envelope<schema::GroupReset>::build([&](auto out) {
      out.setGroup(group);
      out.setTopic(topic);
      out.setTo(to);
    }));
}

std::string groups_test::show(const envelope<schema::JoinReply>& x) {
  const auto interval =
    x.read([](auto in) { return in.getHeartbeatIntervalMs(); });
  return "every " + std::to_string(*interval) + " ms";
}

std::string groups_test::show(const envelope<schema::MemberReportReply>& x) {
  return std::to_string(*x.read([](auto in) { return in.getAccepted(); }));
}

/// "g(a) 0@10/100:a 1@…": name, members, offset/end:member of each queue.
std::string groups_test::show(const envelope<schema::GroupList>& x) {
  const auto text = x.read([](schema::GroupList::Reader in) {
    std::string out;
    for (const auto group : in.getGroups()) {
      out += std::string{group.getName()} + "(";
      for (const auto member : group.getMembers())
        out += std::string{member.getId()};
      out += ")";
      for (const auto queue : group.getQueues())
        out += " " + std::to_string(queue.getQueue().getQueue()) + "@"
               + std::to_string(queue.getOffset()) + "/"
               + std::to_string(queue.getMaxOffset()) + ":"
               + std::string{queue.getMember()};
      out += ";";
    }
    return out;
  });
  return text ? *text : to_string(text.error());
}

} // namespace apogee::groups
