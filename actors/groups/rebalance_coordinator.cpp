#include "actors/groups/rebalance_coordinator.hpp"

#include <caf/node_id.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace apogee::groups {

rebalance_coordinator_state::~rebalance_coordinator_state() {
  if (!services_)
    return;
  services_->members->set_native(group_, {});
  services_->locks->release_held(group_);
  if (const auto clients = services_->rocketmq_clients())
    caf::anon_send(*clients, members_atom::value, group_);
}

void rebalance_coordinator_state::open(group_services_ptr services,
                                       std::string group) {
  services_ = std::move(services);
  group_ = std::move(group);
  offsets_.emplace(self_, services_->broker);
  used_ = now();
  self_->set_down_handler(
    [this](const caf::down_msg& down) { lose(down.source); });
  load();
}

// -- loading -----------------------------------------------------------------

void rebalance_coordinator_state::load() {
  const auto log = services_->log();
  if (!log)
    return retry_later(true);
  self_->request(*log, log_timeout, barrier_atom::value)
    .then([this](log_position) { find_offsets(); },
          [this](const caf::error&) { retry_later(true); });
}

void rebalance_coordinator_state::find_offsets() {
  const auto found = services_->offsets->of(group_);
  if (!found)
    return retry_later(true);
  committed_ = *found;
  list_topics();
}

void rebalance_coordinator_state::list_topics() {
  const auto catalog = services_->topics();
  if (!catalog)
    return retry_later(false);
  if (catalog_ != *catalog) {
    catalog_ = *catalog;
    self_->monitor(catalog_);
  }
  self_
    ->request(catalog_, catalog_timeout, caf::subscribe_atom::value,
              caf::actor_cast<caf::actor>(self_))
    .then([this](const std::vector<topic_info>& all) { take_list(all); },
          [this](const caf::error&) { retry_later(false); });
}

void rebalance_coordinator_state::retry_later(bool whole) {
  if (whole)
    self_->delayed_send(self_, service_retry, load_atom::value);
  else
    self_->delayed_send(self_, service_retry, list_atom::value);
}

void rebalance_coordinator_state::take_list(
  const std::vector<topic_info>& all) {
  if (!state_) {
    // Generations of a coordinator that crashed may still be under way: those
    // of this one are larger, since none changes hands every millisecond (and
    // after the clock was set back, as soon as its members have reported).
    const auto first = std::max<std::int64_t>(services_->wall_clock_ms(), 1);
    state_.emplace(core::group_timing{services_->settings.heartbeat_interval,
                                      services_->settings.release_timeout},
                   static_cast<std::uint64_t>(first), committed_,
                   core::group_locks{services_->locks, group_});
    look_at_rocketmq();
  }
  apply(state_->topics_listed(all, now()));
  for (auto& next : std::exchange(after_list_, {}))
    next();
  while (!held_.empty()) {
    auto request = std::move(held_.front());
    held_.pop_front();
    request.what(std::move(request.reply));
  }
}

void rebalance_coordinator_state::lose(const caf::actor_addr& source) {
  if (catalog_ && catalog_.address() == source) {
    catalog_ = nullptr;
    return list_topics();
  }
  const auto member = ids_.find(source);
  if (member == ids_.end())
    return;
  const auto id = member->second;
  detach(id);
  apply(state_->remove(id, now()));
}

void rebalance_coordinator_state::take_changes(
  const std::vector<topic_info>& changed) {
  if (state_)
    apply(state_->topics_changed(changed, now()));
}

// -- members -----------------------------------------------------------------

void rebalance_coordinator_state::look_at_rocketmq() {
  if (state_)
    apply(state_->rocketmq_listed(services_->members->rocketmq(group_), now()));
}

void rebalance_coordinator_state::join(
  const envelope<schema::JoinRequest>& request, const caf::actor& member,
  answer reply) {
  auto joining = decode_join(request);
  if (!joining)
    return refuse(reply, joining.error());
  if (!member)
    return refuse(
      reply, {errc::invalid_argument, "a join has to name the member's actor"});
  const auto id = joining->id;
  // One actor under two ids would make its end ambiguous: the first one goes.
  if (const auto other = ids_.find(member.address());
      other != ids_.end() && other->second != id) {
    const auto before = other->second;
    detach(before);
    apply(state_->remove(before, now()));
  }
  const auto effects = state_->join(std::move(*joining), now());
  if (!effects)
    return refuse(reply, effects.error());
  attach(id, member);
  const auto interval = services_->settings.heartbeat_interval;
  reply.give(envelope<schema::JoinReply>::build([&](auto out) {
    out.setHeartbeatIntervalMs(static_cast<std::uint32_t>(interval.count()));
  }));
  apply(*effects);
}

void rebalance_coordinator_state::report(
  const envelope<schema::MemberReport>& request, answer reply) {
  const auto decoded = decode_report(request);
  if (!decoded)
    return refuse(reply, decoded.error());
  const auto outcome = state_->report(*decoded, now());
  if (!outcome)
    return refuse(reply, outcome.error());
  if (decoded->leaving)
    detach(decoded->member);
  reply.give(envelope<schema::MemberReportReply>::build(
    [&](auto out) { out.setAccepted(outcome->accepted); }));
  apply(outcome->effects);
}

void rebalance_coordinator_state::attach(const std::string& id,
                                         const caf::actor& member) {
  auto& present = members_[id];
  if (present == member)
    return;
  if (present) {
    self_->demonitor(present.address());
    ids_.erase(present.address());
  }
  members_[id] = member;
  ids_[member.address()] = id;
  self_->monitor(member);
}

void rebalance_coordinator_state::detach(const std::string& id) {
  const auto member = members_.find(id);
  if (member == members_.end())
    return;
  self_->demonitor(member->second.address());
  ids_.erase(member->second.address());
  members_.erase(member);
  used_ = now();
}

void rebalance_coordinator_state::tick() {
  // A tick cannot be taken back when an earlier one is wanted: it is ignored
  // here, or each of them would order a further one, for ever.
  if (!tick_at_ || now() < *tick_at_)
    return;
  tick_at_.reset();
  apply(state_->tick(now()));
}

void rebalance_coordinator_state::arm_tick() {
  const auto due = state_->next_deadline();
  if (!due || (tick_at_ && *tick_at_ <= *due))
    return;
  tick_at_ = due;
  const auto wait = std::max(*due - now(), instant::duration::zero());
  self_->delayed_send(self_, wait, tick_atom::value);
}

// -- effects -----------------------------------------------------------------

void rebalance_coordinator_state::apply(const core::group_effects& effects) {
  for (const auto& id : effects.dead)
    detach(id);
  for (const auto& assignment : effects.assignments)
    if (const auto member = members_.find(assignment.member);
        member != members_.end())
      self_->send(caf::actor_cast<group_member_actor>(member->second),
                  encode_assignment(group_, assignment));
  for (const auto& question : effects.questions)
    ask(question);
  if (effects.list_topics)
    list_topics();
  if (effects.commit_now)
    if (const auto committer = services_->committer())
      caf::anon_send(*committer, commit_atom::value, group_);
  if (effects.tell_rocketmq)
    tell_rocketmq();
  arm_tick();
}

void rebalance_coordinator_state::tell_rocketmq() {
  std::set<std::string> ids;
  for (const auto& [id, member] : members_)
    ids.insert(id);
  services_->members->set_native(group_, std::move(ids));
  if (const auto clients = services_->rocketmq_clients())
    caf::anon_send(*clients, members_atom::value, group_);
}

void rebalance_coordinator_state::ask(
  const core::group_effects::question& question) {
  offsets_->ask(
    {question.topic, question.queue.number, question.time_ms,
     [this, queue = question.queue](const result<core::queue_ends>& ends) {
       apply(ends ? state_->ends_answered(queue, *ends, now())
                  : state_->ends_failed(queue, now()));
     }});
}

bool rebalance_coordinator_state::retire() {
  if (!state_ || !members_.empty() || resets_open_ > 0
      || now() - used_ < services_->idle_after)
    return false;
  self_->quit();
  return true;
}

} // namespace apogee::groups
