#include "actors/remoting/client_service.hpp"

#include <caf/send.hpp>

#include <set>
#include <utility>

/// What a client_service tells of the members of groups: to each other, to
/// native ones, to the sessions that filter for them.
namespace apogee::remoting {

/// Native members share the queues with those who are there now.
void client_service::publish_members(const std::string& name) {
  std::vector<core::rocketmq_member> members;
  if (const auto* group = clients_.consumers(name)) {
    std::set<std::string> topics;
    for (const auto& [topic, subscription] : group->subscriptions)
      topics.insert(topic);
    for (const auto& [id, client] : group->clients)
      members.push_back({id, client.address, client.language, client.version,
                         client.is_broadcasting, topics});
  }
  options_.members->set_rocketmq(name, std::move(members));
  if (const auto natives = options_.groups())
    caf::anon_send(*natives, members_atom::value, name);
}

void client_service::notify_members(const std::string& name) {
  const auto* group = clients_.consumers(name);
  if (group == nullptr)
    return;
  std::set<std::uint64_t> told;
  for (const auto& [id, client] : group->clients)
    if (!client.is_broadcasting && told.insert(client.connection).second)
      if (const auto session = sessions_.find(client.connection);
          session != sessions_.end())
        caf::anon_send(session->second,
                       client_request{request_code::notify_consumer_ids_changed,
                                      {{"consumerGroup", name}}});
}

void client_service::publish_subscriptions(const std::string& name) {
  const auto* group = clients_.consumers(name);
  auto& published = published_[name];
  for (const auto& topic : std::exchange(published, {}))
    if (group == nullptr || !group->subscriptions.contains(topic))
      options_.subscriptions->remove(name, topic);
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
