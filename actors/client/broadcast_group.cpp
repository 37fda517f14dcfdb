#include "actors/client/broadcast_group.hpp"

#include "actors/client/ask.hpp"
#include "actors/client/environment.hpp"
#include "actors/protocol.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace apogee::client {

namespace {

using again_atom = caf::atom_constant<caf::atom("bcagain")>;
using assign_atom = caf::atom_constant<caf::atom("bcassign")>;

constexpr std::chrono::milliseconds ask_timeout{3'000};
constexpr std::chrono::milliseconds ask_pause{500};

/// How far the clocks of a broker and of this process may differ.
constexpr std::int64_t clocks_differ_ms = 60'000;

/// Nobody waits for a sign of life; the session reports what it has finished.
constexpr std::uint32_t heartbeat_ms = 1'000;

} // namespace

broadcast_group::broadcast_group(caf::scheduled_actor* self, caf::actor owner,
                                 consumer_context_ptr shared,
                                 std::string broker, std::string address,
                                 std::uint32_t link)
  : self_(self), owner_(std::move(owner)), shared_(std::move(shared)),
    broker_(std::move(broker)), address_(std::move(address)), number_(link),
    generation_(static_cast<std::uint64_t>(
      self->clock().now().time_since_epoch().count())) {}

broadcast_group::~broadcast_group() {
  for (const auto& part : {watcher_, link_})
    if (part)
      caf::anon_send_exit(part, caf::exit_reason::user_shutdown);
}

caf::behavior broadcast_group::make_behavior() {
  const auto self = caf::actor_cast<caf::actor>(self_);
  if (const auto& loaded = shared_->offsets->loaded(); !loaded) {
    tell(self_, owner_, link_update{number_, nullptr, loaded.error()});
    return {[](const link_update&) {}};
  }
  watcher_ = spawn_scheduled<route_watcher>(
    self_->home_system(), self, shared_->connector,
    shared_->settings.nameservers, broadcast_route_refresh);
  for (const auto& wanted : shared_->settings.topics)
    tell(self_, watcher_, watch_atom::value, wanted.topic);
  link_ = spawn_scheduled<service_link>(
    self_->home_system(), self, shared_->connector,
    link_target{{address_}, "broker", number_});
  tell(self_, owner_, link_update{number_, self, {}});
  return {
    [this](const route_update& update) { routed(update); },
    [this](link_update& update) {
      broker_service_ = std::move(update.service);
      ask_starts();
    },
    [this](again_atom) { ask_starts(); },
    [this](const envelope<schema::JoinRequest>&, const caf::actor& member) {
      member_ = member;
      // Behind the reply to this one.
      tell(self_, caf::actor_cast<caf::actor>(self_), assign_atom::value);
      return envelope<schema::JoinReply>::build(
        [](auto out) { out.setHeartbeatIntervalMs(heartbeat_ms); });
    },
    [this](assign_atom) { assign(); },
    [this](const envelope<schema::MemberReport>& report) {
      return keep(report);
    },
  };
}

/// What the topics have at this broker now. A queue that is taken away stays:
/// its messages are there until they are deleted.
void broadcast_group::routed(const route_update& update) {
  bool is_changed = false;
  for (const auto& route : update.routes) {
    if (route.broker != broker_ || !route.is_readable())
      continue;
    auto& number = topics_[update.topic];
    for (; number < route.read_queues; ++number) {
      auto& queue = queues_[{update.topic, number}];
      queue.start = shared_->offsets->find(place_of({update.topic, number}));
      is_changed |= queue.start.has_value();
    }
  }
  ask_starts();
  if (is_changed)
    assign();
}

void broadcast_group::ask_starts() {
  if (!broker_service_)
    return;
  for (auto& [key, queue] : queues_)
    if (!queue.start && !std::exchange(queue.is_asked, true))
      ask_start(key);
}

/// By the time and not by its beginning is a queue read that was not there when
/// the group began: one whose broker was down then has old messages too.
std::optional<std::int64_t>
broadcast_group::wanted_since_ms(const queue_key& key) const {
  const auto& settings = shared_->settings;
  if (settings.from == start_from::earliest)
    return {};
  auto since = shared_->offsets->missed_since_ms(place_of(key));
  if (since)
    *since = std::max<std::int64_t>(*since - clocks_differ_ms, 0);
  if (settings.from == start_from::time)
    since =
      std::min(since.value_or(settings.start_time_ms), settings.start_time_ms);
  return since;
}

void broadcast_group::ask_start(const queue_key& key) {
  const auto since_ms = wanted_since_ms(key);
  auto query = envelope<schema::OffsetQuery>::build([&](auto out) {
    out.setTopic(key.first);
    out.setQueue(key.second);
    if (since_ms)
      out.setStoreTimeMs(*since_ms);
  });
  ask_within(
    self_, ask_timeout, broker_service_,
    [this, key, is_by_time = since_ms.has_value()](
      const envelope<schema::OffsetAnswer>& answer) {
      static_cast<void>(answer.read([&](schema::OffsetAnswer::Reader ends) {
        answered(key, is_by_time, ends);
      }));
    },
    [this, key](const caf::error&) {
      queues_[key].is_asked = false;
      remind(self_, ask_pause, again_atom::value);
    },
    std::move(query));
}

void broadcast_group::answered(const queue_key& key, bool is_by_time,
                               schema::OffsetAnswer::Reader ends) {
  auto& queue = queues_[key];
  if (is_by_time)
    queue.start = queue_offset{ends.getAtTime()};
  else if (shared_->settings.from == start_from::earliest)
    queue.start = queue_offset{ends.getMinOffset()};
  else
    queue.start = queue_offset{ends.getMaxOffset()};
  shared_->offsets->set(place_of(key), *queue.start);
  assign();
}

/// Only when there is something new: the member takes an offset that is ahead
/// of its own for the better one, which it is not in a topic that was created
/// anew.
void broadcast_group::assign() {
  if (!member_)
    return;
  const auto known =
    std::count_if(queues_.begin(), queues_.end(), [](const auto& entry) {
      return entry.second.start.has_value();
    });
  tell(self_, member_,
       envelope<schema::Assignment>::build(
         [&](auto out) {
           out.setGroup(shared_->settings.group);
           out.setGeneration(++generation_);
           auto list = out.initQueues(static_cast<unsigned>(known));
           unsigned i = 0;
           for (const auto& [key, queue] : queues_) {
             if (!queue.start)
               continue;
             list[i].initQueue().setTopic(key.first);
             list[i].getQueue().setQueue(key.second);
             list[i++].setOffset(queue.start->value);
           }
         },
         64 + queues_.size() * 16));
}

envelope<schema::MemberReportReply>
broadcast_group::keep(const envelope<schema::MemberReport>& report) {
  std::uint32_t accepted = 0;
  static_cast<void>(report.read([&](schema::MemberReport::Reader in) {
    for (const auto one : in.getOffsets()) {
      const queue_key key{one.getQueue().getTopic().cStr(),
                          one.getQueue().getQueue()};
      const queue_offset offset{one.getOffset()};
      shared_->offsets->set(place_of(key), offset);
      // A member that joins again goes on there, not where this one began.
      if (const auto found = queues_.find(key); found != queues_.end())
        found->second.start = offset;
      ++accepted;
    }
  }));
  auto saved = shared_->offsets->save();
  shared_->status->set_problem("offsets",
                               saved ? failure{} : std::move(saved.error()));
  return envelope<schema::MemberReportReply>::build(
    [&](auto out) { out.setAccepted(accepted); });
}

} // namespace apogee::client
