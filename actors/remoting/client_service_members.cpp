#include "actors/core/assignment.hpp"
#include "actors/remoting/client_service.hpp"
#include "messages/remoting/codes.hpp"

#include <caf/send.hpp>

#include <chrono>
#include <set>
#include <utility>

/// What a client_service tells of the members of groups: to each other, to
/// native ones, to the sessions that filter for them.
namespace apogee::remoting {

namespace {

/// After this time members have heard of the others, and have let go of the
/// queues that are no longer theirs.
constexpr std::chrono::milliseconds settle_time{400};

} // namespace

/// Native members share the queues with those who are there now.
void client_service::publish_members(const std::string& name) {
  std::vector<core::rocketmq_member> members;
  if (const auto* group = clients_.consumers(name)) {
    std::set<std::string> topics;
    for (const auto& [topic, subscription] : group->subscriptions)
      topics.insert(topic);
    for (const auto& [id, client] : group->clients)
      members.push_back({id, client.address, client.language, client.version,
                         client.is_broadcasting, topics, client.expressions});
  }
  options_.members->set_rocketmq(name, std::move(members));
  if (const auto natives = options_.groups())
    caf::anon_send(*natives, members_atom::value, name);
}

/// Those who share the queues, of both kinds.
std::set<std::string>
client_service::sharing_members(const std::string& name) const {
  auto ids = options_.members->native(name);
  if (const auto* group = clients_.consumers(name))
    for (const auto& [id, client] : group->clients)
      if (!client.is_broadcasting)
        ids.insert(id);
  return ids;
}

/// Go's client gives no lock back when a queue becomes another member's: it
/// just stops. The others would have to wait until the lock ends.
void client_service::release_lost_queues(const std::string& name) {
  const auto* group = clients_.consumers(name);
  if (group == nullptr)
    return;
  const auto members = sharing_members(name);
  const std::vector<std::string> ids{members.begin(), members.end()};
  bool is_released = false;
  for (const auto& [queue, owner] : options_.locks->owners(name)) {
    const auto client = group->clients.find(owner);
    const auto* topic = find_topic(queue.topic);
    if (client == group->clients.end() || topic == nullptr
        || client->second.language
             != static_cast<std::uint8_t>(client_language::go))
      continue;
    const auto shares = core::averagely(topic->read_queues, ids.size());
    const auto number = static_cast<std::size_t>(queue.number);
    if (number < shares.size() && ids[shares[number]] == owner)
      continue;
    options_.locks->unlock(name, queue, owner);
    is_released = true;
  }
  if (is_released)
    notify_members(name);
}

void client_service::notify_members(const std::string& name) {
  const auto* group = clients_.consumers(name);
  if (group == nullptr)
    return;
  const auto config = options_.group_configs->find(name);
  if (config && !config->notifies_of_members)
    return;
  self_->delayed_send(self_, settle_time, settled_atom::value, name);
  std::set<std::uint64_t> told;
  for (const auto& [id, client] : group->clients)
    if (!client.is_broadcasting && told.insert(client.connection).second)
      if (const auto session = sessions_.find(client.connection);
          session != sessions_.end())
        caf::anon_send(session->second,
                       client_request{request_code::notify_consumer_ids_changed,
                                      {{"consumerGroup", name}}});
}

/// The client is in none of these groups any more; its others are not touched.
result<void> client_service::leave_out_differing(waiting_beat& beat) {
  result<void> outcome;
  std::erase_if(beat.consumers, [&](const core::beating_group& one) {
    const auto topic = clients_.differing_topic(beat.client, one);
    if (topic.empty())
      return false;
    const auto why =
      "client " + beat.client + " may not join consumer group " + one.name
      + ": its members subscribe to something else of topic " + topic
      + " (remoting.differing-subscriptions=refuse); give all members the same "
        "subscription, or this one a group of its own";
    options_.note(why);
    outcome = failure{errc::invalid_argument, why};
    changed(clients_.leave(beat.client, {}, one.name));
    return true;
  });
  return outcome;
}

void client_service::publish_subscriptions(const std::string& name) {
  const auto* group = clients_.consumers(name);
  auto& published = published_[name];
  for (const auto& topic : std::exchange(published, {}))
    if (group == nullptr || !group->subscriptions.contains(topic))
      options_.subscriptions->remove(name, topic);
  options_.subscriptions->set_broadcasting(
    name, group != nullptr && !group->clients.empty()
            && group->clients.begin()->second.is_broadcasting);
  if (group == nullptr) {
    published_.erase(name);
    return;
  }
  for (const auto& [topic, wanted] : group->subscriptions) {
    const auto type = core::expression_type_of(wanted.expression_type);
    if (!type)
      continue; // its pulls are told that there is no subscription
    auto filter = core::subscription_filter::parse(*type, wanted.expression);
    if (!filter) {
      options_.subscriptions->remove(name, topic);
      continue;
    }
    options_.subscriptions->set(name, topic, {*filter, wanted.version});
    published.insert(topic);
  }
}

} // namespace apogee::remoting
