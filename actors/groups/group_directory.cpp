#include "actors/groups/group_directory.hpp"

#include "actors/groups/group_encoding.hpp"
#include "messages/names.hpp"

#include <caf/system_messages.hpp>

#include <algorithm>
#include <utility>

namespace apogee::groups {

namespace {

/// A coordinator that ended may still be found by its supervisor for a moment.
constexpr std::chrono::milliseconds start_again_after{10};
constexpr int start_attempts_max = 100;

constexpr std::chrono::milliseconds list_timeout{10'000};
constexpr std::chrono::milliseconds retire_timeout{10'000};

/// Looks for idle coordinators per idle_after.
constexpr int looks_per_idle_time = 2;

template <class Request>
result<std::string> group_of(const Request& request) {
  const auto name =
    request.read([](auto in) -> std::string { return in.getGroup(); });
  if (!name)
    return name.error();
  if (auto legal = check_group_name(*name); !legal)
    return legal.error();
  return *name;
}

} // namespace

void group_directory_state::open(group_services_ptr services,
                                 coordinator_starter starter) {
  services_ = std::move(services);
  starter_ = std::move(starter);
  self_->set_down_handler(
    [this](const caf::down_msg& down) { lose(down.source); });
  self_->delayed_send(self_, services_->idle_after / looks_per_idle_time,
                      retire_atom::value);
}

// -- which groups there are --------------------------------------------------

bool group_directory_state::is_known(const std::string& group) const {
  return services_->groups->find(group) || entries_.contains(group);
}

failure group_directory_state::unknown_group(const std::string& group) const {
  return {errc::unknown_group, "group '" + group
                                 + "' does not exist on this broker: no member "
                                   "ever joined it; 'apogee group list' shows "
                                   "those there are"};
}

// -- requests ----------------------------------------------------------------

void group_directory_state::join(const envelope<schema::JoinRequest>& request,
                                 const caf::actor& member, answer reply) {
  const auto group = group_of(request);
  if (!group)
    return refuse(reply, group.error());
  // Checked here as well: a group that nobody can join is not recorded.
  const auto joining = decode_join(request);
  if (!joining)
    return refuse(reply, joining.error());
  if (services_->groups->find(*group))
    return pass_on(*group, std::move(reply), request, member);
  const auto catalog = services_->group_catalog();
  if (!catalog)
    return refuse(reply, catalog.error());
  const auto waiting = std::make_shared<answer>(std::move(reply));
  self_->request(*catalog, log_timeout, group_wanted{*group, joining->ordered})
    .then(
      [this, waiting, request, member](const group_config& made) {
        pass_on(made.name, std::move(*waiting), request, member);
      },
      [waiting](const caf::error& error) {
        waiting->refuse(to_failure(error));
      });
}

void group_directory_state::report(
  const envelope<schema::MemberReport>& request, answer reply) {
  const auto group = group_of(request);
  if (!group)
    return refuse(reply, group.error());
  if (!entries_.contains(*group))
    return refuse(reply, {errc::unknown_member,
                          "group '" + *group
                            + "' has no members (any more); join it again"});
  pass_on(*group, std::move(reply), request);
}

void group_directory_state::query(const envelope<schema::GroupQuery>& request,
                                  answer reply) {
  const auto wanted =
    request.read([](auto in) -> std::string { return in.getGroup(); });
  if (wanted && wanted->empty())
    return list_all(std::move(reply));
  const auto group = group_of(request);
  if (!group)
    return refuse(reply, group.error());
  if (!is_known(*group))
    return refuse(reply, unknown_group(*group));
  pass_on(*group, std::move(reply), request);
}

void group_directory_state::reset(const envelope<schema::GroupReset>& request,
                                  answer reply) {
  const auto group = group_of(request);
  if (!group)
    return refuse(reply, group.error());
  if (!is_known(*group))
    return refuse(reply, unknown_group(*group));
  pass_on(*group, std::move(reply), request);
}

void group_directory_state::send_back(const envelope<schema::SendBack>& request,
                                      answer reply) {
  const auto group = group_of(request);
  if (!group)
    return refuse(reply, group.error());
  const auto retry = services_->retry();
  if (!retry)
    return refuse(reply, retry.error());
  special::send_back order;
  order.group = *group;
  order.ack = services_->retry_ack;
  const auto read = request.read([&](schema::SendBack::Reader in) {
    order.position = {in.getPosition()};
    order.delay_level = in.getDelayLevel();
    if (in.getMaxReconsumeTimes() >= 0)
      order.retries_max = in.getMaxReconsumeTimes();
  });
  if (!read)
    return refuse(reply, read.error());
  order.message_id = services_->message_id(order.position);
  const auto waiting = std::make_shared<answer>(std::move(reply));
  self_->request(*retry, caf::infinite, std::move(order))
    .then(
      [waiting](const special::stored_message_place& place) {
        waiting->give(envelope<schema::SendBackReply>::build(
          [&](auto out) { out.setPosition(place.position.value); }));
      },
      [waiting](const caf::error& error) {
        waiting->refuse(to_failure(error));
      });
}

void group_directory_state::refuse(answer& reply, const failure& why) {
  if (why.code == errc::malformed)
    ++*services_->refused_malformed;
  reply.refuse(why);
}

template <class... Ts>
void group_directory_state::pass_on(const std::string& group, answer reply,
                                    Ts... values) {
  with_coordinator(
    group, [reply = std::make_shared<answer>(std::move(reply)),
            values...](const result<rebalance_coordinator_actor>& found) {
      if (found)
        reply->delegate(*found, values...);
      else
        reply->refuse(found.error());
    });
}

// -- coordinators ------------------------------------------------------------

void group_directory_state::with_coordinator(const std::string& group,
                                             coordinator_user use) {
  const auto [place, is_new] = entries_.try_emplace(group);
  auto& x = place->second;
  if (x.now == phase::running)
    return use(x.coordinator);
  if (x.held.size() >= held_requests_max)
    return use(failure{errc::busy, "group '" + group
                                     + "' is being started and too many "
                                       "requests wait for it; try again"});
  x.held.push_back(std::move(use));
  if (is_new)
    start(group);
}

void group_directory_state::start(const std::string& group) {
  starter_(self_, group,
           [this, group](const result<rebalance_coordinator_actor>& found) {
             started(group, found);
           });
}

void group_directory_state::started(
  const std::string& group, const result<rebalance_coordinator_actor>& found) {
  auto& x = entries_.at(group);
  if (found && ended_.contains(found->address())
      && ++x.attempts < start_attempts_max) {
    self_->delayed_send(self_, start_again_after, start_atom::value, group);
    return;
  }
  if (found) {
    x.coordinator = *found;
    groups_[found->address()] = group;
    self_->monitor(*found);
    return set_running(x);
  }
  const auto held = std::move(x.held);
  entries_.erase(group);
  for (const auto& use : held)
    use(found);
}

void group_directory_state::set_running(entry& x) {
  x.now = phase::running;
  x.attempts = 0;
  const result<rebalance_coordinator_actor> coordinator{x.coordinator};
  for (const auto& use : std::exchange(x.held, {}))
    use(coordinator);
}

void group_directory_state::lose(const caf::actor_addr& source) {
  const auto place = groups_.find(source);
  if (place == groups_.end())
    return;
  const auto group = place->second;
  groups_.erase(place);
  ended_.insert(source);
  auto& x = entries_.at(group);
  x.coordinator = nullptr;
  if (x.held.empty()) {
    entries_.erase(group);
    return;
  }
  x.now = phase::starting;
  start(group);
}

/// Without a coordinator nobody cares: the next one looks when it starts.
void group_directory_state::look_at_rocketmq(const std::string& group) {
  if (entries_.contains(group))
    with_coordinator(group,
                     [](const result<rebalance_coordinator_actor>& found) {
                       if (found)
                         caf::anon_send(*found, members_atom::value);
                     });
}

void group_directory_state::retire_idle() {
  ended_.clear();
  for (auto& [group, x] : entries_)
    if (x.now == phase::running)
      retire(group, x);
  self_->delayed_send(self_, services_->idle_after / looks_per_idle_time,
                      retire_atom::value);
}

void group_directory_state::retire(const std::string& group, entry& x) {
  // Requests wait until it has decided, so that none meets an actor that is
  // about to end. One that ends is noticed by lose().
  x.now = phase::retiring;
  const auto stay = [this, group, address = x.coordinator.address()] {
    const auto place = entries_.find(group);
    if (place != entries_.end() && place->second.now == phase::retiring
        && place->second.coordinator.address() == address)
      set_running(place->second);
  };
  self_->request(x.coordinator, retire_timeout, retire_atom::value)
    .then(
      [stay](bool ends) {
        if (!ends)
          stay();
      },
      [stay](const caf::error& why) {
        if (to_failure(why).code == errc::timeout)
          stay();
      });
}

// -- lists -------------------------------------------------------------------

void group_directory_state::list_all(answer reply) {
  auto job = std::make_shared<list_job>();
  job->reply = std::move(reply);
  std::set<std::string> names;
  for (const auto& group : services_->groups->all())
    names.insert(group->name);
  for (const auto& [group, x] : entries_)
    names.insert(group);
  job->names.assign(names.begin(), names.end());
  job->parts.resize(names.size());
  if (names.empty())
    return job->reply.give(merge_groups({}));
  for (std::size_t i = 0; i < listed_at_a_time_max; ++i)
    list_next(job);
}

void group_directory_state::list_next(const std::shared_ptr<list_job>& job) {
  if (job->next == job->names.size())
    return;
  const auto place = job->next++;
  const auto group = job->names[place];
  const auto take = [this, job,
                     place](const envelope<schema::GroupList>& part) {
    job->parts[place] = part;
    if (++job->done == job->names.size())
      job->reply.give(merge_groups(job->parts));
    else
      list_next(job);
  };
  // One that cannot be asked is shown by its name.
  const auto take_name = [take, group](const failure&) {
    group_picture picture;
    picture.name = group;
    take(encode_group(picture));
  };
  with_coordinator(group, [this, group, take, take_name](
                            const result<rebalance_coordinator_actor>& found) {
    if (!found)
      return take_name(found.error());
    const auto query = envelope<schema::GroupQuery>::build(
      [&](auto out) { out.setGroup(group); });
    self_->request(*found, list_timeout, query)
      .then(take,
            [take_name](const caf::error& why) { take_name(to_failure(why)); });
  });
}

// -- the actor ---------------------------------------------------------------

template <class Reply, class What>
caf::result<Reply> group_directory_state::serve(What what) {
  auto promise = self_->make_response_promise<Reply>();
  answer reply{static_cast<caf::response_promise&>(promise)};
  what(std::move(reply));
  return promise;
}

group_directory_actor::behavior_type group_directory(
  group_directory_actor::stateful_pointer<group_directory_state> self,
  group_services_ptr services, coordinator_starter starter) {
  self->state.open(std::move(services), std::move(starter));
  auto* state = &self->state;
  return {
    [state](const envelope<schema::JoinRequest>& request,
            const caf::actor& member) {
      return state->serve<envelope<schema::JoinReply>>(
        [&](answer reply) { state->join(request, member, std::move(reply)); });
    },
    [state](const envelope<schema::MemberReport>& request) {
      return state->serve<envelope<schema::MemberReportReply>>(
        [&](answer reply) { state->report(request, std::move(reply)); });
    },
    [state](const envelope<schema::GroupQuery>& request) {
      return state->serve<envelope<schema::GroupList>>(
        [&](answer reply) { state->query(request, std::move(reply)); });
    },
    [state](const envelope<schema::GroupReset>& request) {
      return state->serve<envelope<schema::GroupList>>(
        [&](answer reply) { state->reset(request, std::move(reply)); });
    },
    [state](const envelope<schema::SendBack>& request) {
      return state->serve<envelope<schema::SendBackReply>>(
        [&](answer reply) { state->send_back(request, std::move(reply)); });
    },
    [state](retire_atom) { state->retire_idle(); },
    [state](members_atom, const std::string& group) {
      state->look_at_rocketmq(group);
    },
    [state](start_atom, const std::string& group) { state->start(group); },
  };
}

} // namespace apogee::groups
