#include "actors/remoting/client_service.hpp"

#include "actors/remoting/request_reading.hpp"
#include "actors/remoting/topic_rules.hpp"
#include "actors/remoting/topic_table.hpp"
#include "messages/names.hpp"
#include "messages/remoting_bodies/heartbeat.hpp"
#include "messages/remoting_bodies/name_lists.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <utility>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;

constexpr auto peer_timeout = 10s;
constexpr auto load_retry = 100ms;
constexpr auto expiry_interval = 10s;

/// Members that are there have sent a heartbeat: they do every 30 s.
constexpr auto return_time = 35s;

using expire_atom = caf::atom_constant<caf::atom("expire")>;
using returned_atom = caf::atom_constant<caf::atom("returned")>;
using load_atom = caf::atom_constant<caf::atom("load")>;

core::beating_group beating(const consumer_data& in,
                            const core::group_client& client) {
  core::beating_group out;
  out.name = in.group;
  out.client = client;
  out.client.is_broadcasting = in.model == message_model::broadcasting;
  out.client.is_pulling = in.type == consume_type::actively;
  out.client.consume_from = static_cast<int>(in.from);
  for (const auto& one : in.subscriptions) {
    out.subscriptions[one.topic] = {one.expression_type, one.expression,
                                    one.version};
    out.client.expressions[one.topic] = one.expression;
  }
  return out;
}

} // namespace

client_service::client_service(caf::event_based_actor* self,
                               client_service_options options,
                               std::function<void()> on_ready)
  : self_(self), options_(std::move(options)), on_ready_(std::move(on_ready)) {}

caf::behavior client_service::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& down) {
    if (down.source == catalog_)
      self_->delayed_send(self_, load_retry, load_atom::value);
    else
      disconnected(down.source);
  });
  self_->delayed_send(self_, expiry_interval, expire_atom::value);
  // What a predecessor knew stands until its members' heartbeats have come.
  for (const auto& group : options_.members->rocketmq_groups())
    self_->delayed_send(self_, return_time, returned_atom::value, group);
  load();
  return {
    [this](const service_request& request) { return serve(request); },
    [this](const offset_updates& updates) {
      for (const auto& update : updates.all)
        set_offset(update);
    },
    [this](const member_request& question) {
      auto reply = self_->make_response_promise<service_answer>();
      ask_member(question, reply);
      return reply;
    },
    [this](const std::vector<topic_info>& changed) {
      take_topics(topics_, changed);
      for (const auto& topic : changed)
        if (topic.deleted)
          options_.offsets->forget(topic.id);
    },
    [this](expire_atom) {
      changed(clients_.expire(self_->clock().now()));
      options_.locks->expire(self_->clock().now());
      self_->delayed_send(self_, expiry_interval, expire_atom::value);
    },
    [this](members_atom, const std::string& group) {
      notify_members(group);
      answer_held(group);
    },
    [this](returned_atom, const std::string& group) { publish_members(group); },
    [this](settled_atom, const std::string& group) {
      release_lost_queues(group);
    },
    [this](release_atom, std::uint64_t which) {
      if (const auto waited = held_.extract(which))
        answer_offset(waited.mapped());
    },
    [this](load_atom) { load(); },
  };
}

/// After a barrier the views have all that the log had.
void client_service::load() {
  const auto again = [this](const caf::error&) {
    self_->delayed_send(self_, load_retry, load_atom::value);
  };
  const auto log = options_.log();
  const auto catalog = options_.topic_catalog();
  if (!log || !catalog) {
    again({});
    return;
  }
  self_->request(*log, caf::infinite, barrier_atom::value)
    .then(
      [this, catalog = *catalog, again](log_position) {
        catalog_ = catalog->address();
        self_->monitor(catalog);
        self_
          ->request(catalog, caf::infinite, caf::subscribe_atom::value,
                    caf::actor_cast<caf::actor>(self_))
          .then(
            [this](const std::vector<topic_info>& all) {
              topics_.clear();
              take_topics(topics_, all);
              if (!std::exchange(is_loaded_, true))
                on_ready_();
            },
            again);
      },
      again);
}

client_service::reply_promise
client_service::serve(const service_request& from) {
  auto reply = self_->make_response_promise<service_answer>();
  const read_request request{from};
  if (!is_loaded_) {
    reply.deliver(
      refusal(response_code::system_busy, "the broker is starting; try again"));
    return reply;
  }
  (this->*handlers().at(request.code()))(*request, from.from, reply);
  return reply;
}

const request_table<client_service::handler>& client_service::handlers() {
  static const request_table<handler> table{
    {request_code::heartbeat, &client_service::heartbeat},
    {request_code::unregister_client, &client_service::unregister},
    {request_code::get_consumer_list_by_group, &client_service::list_consumers},
    {request_code::check_client_config, &client_service::check_config},
    {request_code::get_consumer_connection_list,
     &client_service::show_consumers},
    {request_code::get_producer_connection_list,
     &client_service::show_producers},
    {request_code::get_consumer_running_info, &client_service::relay},
    {request_code::lock_batch_queues, &client_service::lock},
    {request_code::unlock_batch_queues, &client_service::unlock},
    {request_code::query_consumer_offset, &client_service::query_offset},
    {request_code::update_consumer_offset, &client_service::update_offset},
    {request_code::get_max_offset, &client_service::queue_end},
    {request_code::get_min_offset, &client_service::queue_end},
    {request_code::search_offset_by_timestamp, &client_service::queue_end},
  };
  return table;
}

const std::vector<std::int32_t>& client_service_codes() {
  return client_service::handlers().codes();
}

// -- clients ------------------------------------------------------------------

void client_service::heartbeat(const command& request, const peer& from,
                               reply_promise reply) {
  const auto beat = parse_heartbeat(request.body);
  if (!beat) {
    reply.deliver(refusal(response_code::system_error, beat.error().text));
    return;
  }
  core::group_client client;
  client.connection = connection_of(from);
  client.address = from.address;
  client.language = static_cast<std::uint8_t>(request.language);
  client.version = request.version;
  waiting_beat beating_client{beat->client_id, client.connection, {}, {}};
  auto& consumers = beating_client.consumers;
  std::vector<std::string> names;
  for (const auto& one : beat->consumers) {
    if (auto legal = check_group_name(one.group); !legal) {
      reply.deliver(refusal(legal.error()));
      return;
    }
    consumers.push_back(beating(one, client));
    if (beat->without_subscriptions)
      if (const auto* known = clients_.consumers(one.group)) {
        consumers.back().subscriptions = known->subscriptions;
        if (const auto before = known->clients.find(beat->client_id);
            before != known->clients.end())
          consumers.back().client.expressions = before->second.expressions;
      }
    names.push_back(one.group);
  }
  for (const auto& group : beat->producer_groups)
    beating_client.producers.push_back({group, client, {}});
  // The retry topic has to be there before the client looks for it.
  const auto which = beat_next_++;
  beats_.emplace(which, std::move(beating_client));
  want_groups(
    std::move(names), [this, reply, which](const result<void>& made) mutable {
      const auto waited = beats_.extract(which);
      const auto taken = made ? take(std::move(waited.mapped())) : made;
      reply.deliver(taken ? service_answer{} : refusal(taken.error()));
    });
}

result<void> client_service::take(waiting_beat beat) {
  std::erase_if(beat.consumers, [this](const core::beating_group& one) {
    return !options_.group_configs->find(one.name);
  });
  // The connection may be lost by now; nobody would notice a second time.
  if (!sessions_.contains(beat.connection))
    return {};
  const auto outcome = options_.refuses_differing_subscriptions
                         ? leave_out_differing(beat)
                         : result<void>{};
  const auto changes = clients_.beat(beat.client, beat.consumers,
                                     beat.producers, self_->clock().now());
  resubscribed(changes.resubscribed);
  changed(changes.rebalanced);
  return outcome;
}

/// Each of them exists then, with its retry topic; those that are not made by
/// themselves are left out without a word, as in the original.
void client_service::want_groups(
  std::vector<std::string> names,
  std::function<void(const result<void>&)> then) {
  if (names.empty()) {
    then({});
    return;
  }
  const auto catalog = options_.group_catalog();
  if (!catalog) {
    then(catalog.error());
    return;
  }
  group_wanted next{std::move(names.back())};
  names.pop_back();
  self_->request(*catalog, peer_timeout, std::move(next))
    .then(
      [this, names, then](const group_config&) { want_groups(names, then); },
      [this, names, then](const caf::error& error) {
        const auto why = to_failure(error);
        if (why.code == errc::unknown_group)
          want_groups(names, then);
        else
          then(why);
      });
}

void client_service::unregister(const command& request, const peer&,
                                reply_promise reply) {
  field_reader fields{request};
  const std::string client{fields.text("clientID")};
  const std::string producers{
    fields.optional_text("producerGroup").value_or("")};
  const std::string consumers{
    fields.optional_text("consumerGroup").value_or("")};
  // A heartbeat that came before and still waits does not bring it back.
  for (auto& [which, beat] : beats_)
    if (beat.client == client) {
      std::erase_if(beat.consumers,
                    [&](const auto& one) { return one.name == consumers; });
      std::erase_if(beat.producers,
                    [&](const auto& one) { return one.name == producers; });
    }
  options_.locks->release(consumers, client);
  changed(clients_.leave(client, producers, consumers));
  reply.deliver(service_answer{});
}

void client_service::list_consumers(const command& request, const peer&,
                                    reply_promise reply) {
  field_reader fields{request};
  const std::string name{fields.text("consumerGroup")};
  const auto ids = sharing_members(name);
  if (ids.empty()) {
    reply.deliver(refusal(response_code::system_error,
                          "no consumer for this group, " + name));
    return;
  }
  reply.deliver(
    service_answer{response_code::success,
                   {},
                   {},
                   write_consumer_id_list({ids.begin(), ids.end()})});
}

void client_service::check_config(const command& request, const peer&,
                                  reply_promise reply) {
  const auto check = parse_client_config_check(request.body);
  if (!check) {
    reply.deliver(refusal(response_code::system_error, check.error().text));
    return;
  }
  const auto& wanted = check->subscription;
  const auto type = core::expression_type_of(wanted.expression_type);
  const auto filter =
    type ? core::subscription_filter::parse(*type, wanted.expression)
         : result<core::subscription_filter::pointer>{type.error()};
  if (filter)
    reply.deliver(service_answer{});
  else
    reply.deliver(
      refusal(response_code::subscription_parse_failed, filter.error().text));
}

std::uint64_t client_service::connection_of(const peer& from) {
  const auto [entry, is_new] =
    connections_.try_emplace(from.session->address(), connection_next_);
  if (is_new) {
    ++connection_next_;
    sessions_[entry->second] = from.session;
    self_->monitor(from.session);
  }
  return entry->second;
}

void client_service::disconnected(const caf::actor_addr& session) {
  const auto found = connections_.find(session);
  if (found == connections_.end())
    return;
  const auto connection = found->second;
  for (const auto& [name, group] : clients_.all_consumers())
    for (const auto& [id, client] : group.clients)
      if (client.connection == connection)
        options_.locks->release(name, id);
  sessions_.erase(connection);
  connections_.erase(found);
  changed(clients_.disconnect(connection));
}

void client_service::resubscribed(
  const core::client_registry::changed_groups& groups) {
  for (const auto& name : groups) {
    publish_subscriptions(name);
    publish_members(name);
    const auto* group = clients_.consumers(name);
    if (group != nullptr && !group->inconsistent_topic.empty())
      options_.note("consumer group " + name
                    + ": its members subscribe to different things of topic "
                    + group->inconsistent_topic
                    + "; the newest subscription counts");
  }
}

/// Tells everybody in the groups to look again who is there.
void client_service::changed(
  const core::client_registry::changed_groups& groups) {
  for (const auto& name : groups) {
    if (clients_.consumers(name) == nullptr)
      publish_subscriptions(name);
    publish_members(name);
    notify_members(name);
  }
}

} // namespace apogee::remoting
