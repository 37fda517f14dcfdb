#include "actors/groups/rebalance_coordinator.hpp"

#include <caf/node_id.hpp>

#include <utility>

/// What the coordinator answers to operators, and its message handlers.
namespace apogee::groups {

void rebalance_coordinator_state::describe(answer reply) {
  used_ = now();
  auto job = std::make_shared<describe_job>();
  job->reply = std::move(reply);
  const auto queues = state_->queues();
  job->open = queues.size();
  if (queues.empty())
    return give_picture(*job);
  for (const auto& view : queues)
    offsets_->ask(
      {view.topic, view.queue.number, -1,
       [this, job, queue = view.queue](const result<core::queue_ends>& ends) {
         // A queue that does not answer is shown without its ends.
         if (ends)
           job->ends[queue] = *ends;
         if (--job->open == 0)
           give_picture(*job);
       }});
}

void rebalance_coordinator_state::give_picture(describe_job& job) {
  group_picture picture;
  picture.name = group_;
  picture.ordered = state_->is_ordered();
  picture.generation = state_->generation();
  std::map<std::string, std::size_t> places;
  for (const auto& [id, member] : members_) {
    places[id] = picture.members.size();
    picture.members.push_back({id, to_string(member.node()), {}});
  }
  for (auto& member : services_->members->rocketmq(group_)) {
    places[member.id] = picture.members.size();
    picture.members.push_back({member.id, {}, {}, std::move(member)});
  }
  for (auto& view : state_->queues()) {
    if (const auto place = places.find(view.owner); place != places.end())
      picture.members[place->second].queues.emplace_back(view.topic,
                                                         view.queue.number);
    const auto ends = job.ends[view.queue];
    picture.queues.push_back({std::move(view), ends});
  }
  job.reply.give(encode_group(picture));
}

void rebalance_coordinator_state::reset(
  const envelope<schema::GroupReset>& request, answer reply) {
  used_ = now();
  const auto order = decode_reset(request);
  if (!order)
    return refuse(reply, order.error());
  if (order->topic.empty() || state_->knows_topic(order->topic))
    return reset_topic(*order, std::move(reply));
  if (after_list_.size() >= held_requests_max)
    return refuse(reply, {errc::busy, "too many resets wait for the topics of "
                                      "the broker; try again"});
  // The group has had nothing to do with the topic yet, or it does not exist.
  state_->watch_topic(order->topic);
  after_list_.push_back(
    [this, order = *order, held = std::make_shared<answer>(std::move(reply))] {
      reset_topic(order, std::move(*held));
    });
  list_topics();
}

void rebalance_coordinator_state::reset_topic(const reset_order& order,
                                              answer reply) {
  if (!order.topic.empty() && !state_->knows_topic(order.topic))
    return refuse(reply,
                  {errc::unknown_topic,
                   "topic '" + order.topic
                     + "' does not exist on this broker; 'apogee topic list' "
                       "shows those there are"});
  auto job = std::make_shared<reset_job>();
  job->reply = std::move(reply);
  job->to = order.to;
  auto queues = state_->queues();
  std::erase_if(queues, [&](const core::group_state::queue_view& x) {
    return !order.topic.empty() && x.topic != order.topic;
  });
  job->open = queues.size();
  if (queues.empty())
    return describe(std::move(job->reply));
  const auto time = order.to.from == schema::StartFrom::TIME ? order.to.time_ms
                                                             : std::int64_t{-1};
  for (const auto& view : queues)
    offsets_->ask(
      {view.topic, view.queue.number, time,
       [this, job, queue = view.queue](const result<core::queue_ends>& ends) {
         if (!ends) {
           job->failed = ends.error();
         } else {
           const auto from = job->to.from;
           job->offsets.emplace_back(
             queue, from == schema::StartFrom::EARLIEST ? ends->min
                    : from == schema::StartFrom::LATEST ? ends->max
                                                        : ends->at_time);
         }
         if (--job->open == 0)
           finish_reset(*job);
       }});
}

void rebalance_coordinator_state::finish_reset(reset_job& job) {
  if (job.failed)
    return refuse(job.reply, *job.failed);
  // All at once, so that the members get one assignment and the log one record.
  apply(state_->reset(job.offsets, now()));
  const auto committer = services_->committer();
  if (!committer)
    return refuse(job.reply, committer.error());
  ++resets_open_;
  const auto reply = std::make_shared<answer>(std::move(job.reply));
  self_->request(*committer, caf::infinite, commit_atom::value, group_)
    .then(
      [this, reply](log_position) {
        --resets_open_;
        describe(std::move(*reply));
      },
      [this, reply](const caf::error& why) {
        --resets_open_;
        refuse(*reply, to_failure(why));
      });
}

void rebalance_coordinator_state::refuse(answer& reply, const failure& why) {
  if (why.code == errc::malformed)
    ++*services_->refused_malformed;
  reply.refuse(why);
}

template <class Reply>
caf::result<Reply>
rebalance_coordinator_state::serve(std::function<void(answer)> what) {
  auto promise = self_->make_response_promise<Reply>();
  answer reply{static_cast<caf::response_promise&>(promise)};
  if (state_)
    what(std::move(reply));
  else if (held_.size() < held_requests_max)
    held_.push_back({std::move(what), std::move(reply)});
  else
    reply.refuse({errc::busy, "group '" + group_
                                + "' is being loaded and too many requests "
                                  "wait for it; try again"});
  return promise;
}

rebalance_coordinator_actor::behavior_type rebalance_coordinator(
  rebalance_coordinator_actor::stateful_pointer<rebalance_coordinator_state>
    self,
  group_services_ptr services, std::string group) {
  self->state.open(std::move(services), std::move(group));
  auto* state = &self->state;
  return {
    [state](const envelope<schema::JoinRequest>& request,
            const caf::actor& member) {
      return state->serve<envelope<schema::JoinReply>>(
        [=](answer reply) { state->join(request, member, std::move(reply)); });
    },
    [state](const envelope<schema::MemberReport>& request) {
      return state->serve<envelope<schema::MemberReportReply>>(
        [=](answer reply) { state->report(request, std::move(reply)); });
    },
    [state](const envelope<schema::GroupQuery>&) {
      return state->serve<envelope<schema::GroupList>>(
        [=](answer reply) { state->describe(std::move(reply)); });
    },
    [state](const envelope<schema::GroupReset>& request) {
      return state->serve<envelope<schema::GroupList>>(
        [=](answer reply) { state->reset(request, std::move(reply)); });
    },
    [state](const std::vector<topic_info>& changed) {
      state->take_changes(changed);
    },
    [state](tick_atom) { state->tick(); },
    [state](load_atom) { state->load(); },
    [state](list_atom) { state->list_topics(); },
    [state](members_atom) { state->look_at_rocketmq(); },
    [state](retire_atom) { return state->retire(); },
  };
}

} // namespace apogee::groups
