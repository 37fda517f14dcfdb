#include "actors/client/consumer_session.hpp"

#include "actors/client/ask.hpp"
#include "actors/client/broadcast_group.hpp"
#include "actors/client/environment.hpp"
#include "actors/protocol.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace apogee::client {

namespace {

using tick_atom = caf::atom_constant<caf::atom("sesstick")>;

schema::StartFrom to_schema(start_from from) {
  switch (from) {
  case start_from::earliest:
    return schema::StartFrom::EARLIEST;
  case start_from::time:
    return schema::StartFrom::TIME;
  default:
    return schema::StartFrom::LATEST;
  }
}

} // namespace

consumer_session::consumer_session(caf::scheduled_actor* self,
                                   consumer_context_ptr shared,
                                   std::string broker, std::string address)
  : self_(self), shared_(std::move(shared)), broker_(std::move(broker)),
    address_(std::move(address)) {}

consumer_session::~consumer_session() {
  for (auto& [key, queue] : queues_)
    queue.lease->is_revoked = true;
  if (events_)
    events_->close();
  close_links();
  problem("groups", {});
  problem("broker", {});
  problem("retries", {});
  shared_->status->set_queues(broker_, {});
}

caf::behavior consumer_session::make_behavior() {
  // Weak: events are kept by the leases, and these by running listeners.
  const auto self =
    caf::actor_cast<caf::actor_addr>(caf::actor_cast<caf::actor>(self_));
  events_ = std::make_shared<delivery_events>([self] {
    if (const auto to = caf::actor_cast<caf::actor>(self))
      caf::anon_send(to, session_events_atom::value);
  });
  open_links(address_);
  schedule_tick(session_tick_max);
  return {
    [this](const envelope<schema::Assignment>& x) { assigned(x); },
    [this](session_events_atom) {
      is_look_due_ = false;
      take_events();
      pump();
    },
    [this](tick_atom) { tick(); },
    [this](link_update& update) { linked(update); },
    [this](move_session_atom, const std::string& address) {
      close_links();
      open_links(address);
    },
    [this](stop_session_atom) { stop(); },
  };
}

// -- connections ------------------------------------------------------------

void consumer_session::open_links(const std::string& address) {
  address_ = address;
  const auto self = caf::actor_cast<caf::actor>(self_);
  last_link_ += 2;
  broker_link_ = spawn_scheduled<service_link>(
    self_->home_system(), self, shared_->connector,
    link_target{{address}, "broker", last_link_});
  if (shared_->offsets)
    groups_link_ = spawn_scheduled<broadcast_group>(
      self_->home_system(), self, shared_, broker_, address, last_link_ + 1);
  else
    groups_link_ = spawn_scheduled<service_link>(
      self_->home_system(), self, shared_->connector,
      link_target{{address}, "groups", last_link_ + 1});
}

void consumer_session::close_links() {
  for (auto* link : {&broker_link_, &groups_link_})
    if (*link)
      caf::anon_send_exit(std::exchange(*link, nullptr),
                          caf::exit_reason::user_shutdown);
  broker_service_ = nullptr;
  groups_service_ = nullptr;
  is_joined_ = false;
  is_assigned_ = false;
}

void consumer_session::linked(link_update& update) {
  if (update.link == last_link_) {
    broker_service_ = std::move(update.service);
    problem("broker", std::move(update.why));
    for (auto& [key, queue] : queues_)
      queue.pull = 0; // those under way are lost
    return pump();
  }
  if (update.link != last_link_ + 1)
    return; // of an address that was left
  groups_service_ = std::move(update.service);
  problem("groups", std::move(update.why));
  is_joined_ = false;
  is_joining_ = false;
  is_assigned_ = false;
  is_reporting_ = false;
  ++report_turn_;
  if (groups_service_ && !is_stopping_)
    join();
  else if (is_stopping_)
    end();
}

// -- membership -------------------------------------------------------------

void consumer_session::join() {
  const auto& settings = shared_->settings;
  auto request = envelope<schema::JoinRequest>::build([&](auto out) {
    out.setGroup(settings.group);
    out.setMemberId(settings.member_id);
    std::set<std::string> topics;
    for (const auto& wanted : settings.topics)
      topics.insert(wanted.topic);
    if (!shared_->retry_topic.empty())
      topics.insert(shared_->retry_topic);
    auto list = out.initTopics(static_cast<unsigned>(topics.size()));
    unsigned i = 0;
    for (const auto& topic : topics)
      list.set(i++, topic);
    out.setStartFrom(to_schema(settings.from));
    out.setStartTimeMs(settings.start_time_ms);
    out.setOrdered(settings.ordered);
  });
  const auto service = groups_service_;
  is_joining_ = true;
  ask_within(
    self_, join_timeout, service,
    [this, service](const envelope<schema::JoinReply>& reply) {
      if (service == groups_service_)
        joined(reply);
    },
    [this, service](const caf::error& why) {
      if (service != groups_service_)
        return;
      is_joining_ = false;
      problem("groups", to_failure(why));
      last_report_ = self_->clock().now(); // the next heartbeat tries again
    },
    std::move(request), caf::actor_cast<caf::actor>(self_));
}

void consumer_session::joined(const envelope<schema::JoinReply>& reply) {
  is_joined_ = true;
  is_joining_ = false;
  problem("groups", {});
  const auto interval = reply.read([](schema::JoinReply::Reader in) {
    return std::chrono::milliseconds{in.getHeartbeatIntervalMs()};
  });
  if (interval && interval->count() > 0)
    heartbeat_ = *interval;
  is_report_due_ = true; // what was finished while nobody listened
  schedule_tick({});
}

void consumer_session::assigned(
  const envelope<schema::Assignment>& assignment) {
  if (is_stopping_)
    return;
  std::uint64_t generation = 0;
  std::map<queue_key, queue_offset> queues;
  const auto read = assignment.read([&](schema::Assignment::Reader in) {
    generation = in.getGeneration();
    for (const auto entry : in.getQueues())
      queues[{entry.getQueue().getTopic().cStr(),
              entry.getQueue().getQueue()}] = queue_offset{entry.getOffset()};
  });
  if (!read)
    return problem("groups", read.error());
  if (generation < newest_generation_)
    return; // overtaken by a newer one
  take_over(generation, queues);
}

/// Lets go of what is not in `queues` and begins with what is new. Of a queue
/// that is kept, whoever is further is right: after the coordinator was
/// restarted it may not know the last offsets, and while this member was away
/// another one may have gone on.
void consumer_session::take_over(
  std::uint64_t generation, const std::map<queue_key, queue_offset>& queues) {
  newest_generation_ = generation;
  is_assigned_ = true;
  take_events();
  for (auto at = queues_.begin(); at != queues_.end();) {
    if (queues.contains(at->first)) {
      ++at;
      continue;
    }
    auto taken = queues_.extract(at++);
    release(std::move(taken.mapped()));
  }
  for (const auto& [key, offset] : queues) {
    released_.erase(key);
    const auto found = queues_.find(key);
    if (found == queues_.end())
      hold(key, offset);
    else if (offset > found->second.progress.committable())
      restart_at(found->second, offset);
  }
  publish_queues();
  finish_release();
  pump();
}

void consumer_session::release(held_queue queue) {
  queue.lease->is_revoked = true;
  queue.waiting.clear();
  queue.paused.clear();
  releasing_.push_back(std::move(queue));
}

/// Once no listener works on the queues that were taken away, the assignment is
/// taken over, which the coordinator hears at once.
void consumer_session::finish_release() {
  std::erase_if(releasing_, [this](const held_queue& queue) {
    if (queue.is_busy())
      return false;
    released_[{queue.lease->queue.topic, queue.lease->queue.number}] =
      queue.progress.committable();
    buffered_bytes_ -= queue.buffered_bytes;
    leases_.erase(queue.lease->number);
    return true;
  });
  if (!releasing_.empty())
    return await_event();
  if (taken_generation_ == newest_generation_)
    return;
  taken_generation_ = newest_generation_;
  is_report_due_ = true;
  report(false);
}

// -- time -------------------------------------------------------------------

void consumer_session::tick() {
  const auto now = self_->clock().now();
  if (now < tick_at_)
    return; // an earlier one took the place of this one
  tick_at_ = {};
  take_events();
  for (auto& [key, queue] : queues_) {
    forget_lost_pulls(queue, now);
    resume_paused(queue, now);
  }
  take_events(); // listeners without threads are done already
  const auto& settings = shared_->settings;
  const auto has_news = [](const auto& entry) {
    return entry.second.progress.committable() > entry.second.reported;
  };
  const bool is_commit_due =
    now >= last_report_ + settings.commit_interval
    && (!released_.empty()
        || std::any_of(queues_.begin(), queues_.end(), has_news));
  if (is_joined_
      && (is_report_due_ || is_commit_due || now >= last_report_ + heartbeat_))
    report(false);
  else if (!is_joined_ && !is_joining_ && groups_service_
           && now >= last_report_ + heartbeat_) {
    last_report_ = now;
    join();
  }
  finish_release();
  pump();
  schedule_tick(
    std::min({session_tick_max, settings.commit_interval, heartbeat_}));
}

/// An earlier tick that is on its way stays.
void consumer_session::schedule_tick(std::chrono::milliseconds pause) {
  const auto at = self_->clock().now() + pause;
  if (tick_at_ != steady_time{} && tick_at_ <= at)
    return;
  tick_at_ = at;
  remind(self_, pause, tick_atom::value);
}

void consumer_session::problem(const char* part, failure why) {
  shared_->status->set_problem(broker_ + "/" + part, std::move(why));
}

} // namespace apogee::client
