#include "actors/core/client_registry.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace apogee::core {

namespace {

bool of_same_topics(const group_subscriptions& a,
                    const group_subscriptions& b) {
  return std::ranges::equal(
    a, b, {}, [](const auto& x) { return x.first; },
    [](const auto& x) { return x.first; });
}

} // namespace

client_registry::beat_changes client_registry::beat(
  const std::string& client_id, const std::vector<beating_group>& consumers,
  const std::vector<beating_group>& producers, instant now) {
  beat_changes changes;
  for (const auto& beating : consumers) {
    auto& known = consumers_[beating.name];
    const auto [entry, is_new] =
      known.clients.try_emplace(client_id, beating.client);
    auto& client = entry->second;
    const auto wants_other =
      std::exchange(client.expressions, beating.client.expressions)
      != beating.client.expressions;
    const auto is_moved = client != beating.client;
    client = beating.client;
    auto next = beating.subscriptions;
    std::string inconsistent;
    for (auto& [topic, wanted] : next) {
      const auto old = known.subscriptions.find(topic);
      if (old == known.subscriptions.end())
        continue;
      if (old->second.expression != wanted.expression
          && known.clients.size() > 1)
        inconsistent = topic;
      if (old->second.version > wanted.version)
        wanted = old->second;
    }
    if (is_new || is_moved || !of_same_topics(next, known.subscriptions))
      changes.rebalanced.insert(beating.name);
    if (wants_other || next != known.subscriptions
        || inconsistent != known.inconsistent_topic)
      changes.resubscribed.insert(beating.name);
    known.subscriptions = std::move(next);
    known.inconsistent_topic = std::move(inconsistent);
    seen_[{client_id, beating.client.connection}] = now;
  }
  for (const auto& beating : producers) {
    producers_[beating.name][client_id] = beating.client;
    seen_[{client_id, beating.client.connection}] = now;
  }
  return changes;
}

std::string
client_registry::differing_topic(const std::string& client_id,
                                 const beating_group& beating) const {
  const auto* known = consumers(beating.name);
  if (known == nullptr)
    return {};
  for (const auto& [id, member] : known->clients)
    for (const auto& [topic, expression] : member.expressions)
      if (const auto wanted = beating.client.expressions.find(topic);
          id != client_id && wanted != beating.client.expressions.end()
          && wanted->second != expression)
        return topic;
  return {};
}

client_registry::changed_groups
client_registry::leave(const std::string& client_id,
                       const std::string& producer_group,
                       const std::string& consumer_group) {
  if (const auto found = producers_.find(producer_group);
      found != producers_.end()) {
    found->second.erase(client_id);
    if (found->second.empty())
      producers_.erase(found);
  }
  const auto found = consumers_.find(consumer_group);
  if (found == consumers_.end() || found->second.clients.erase(client_id) == 0)
    return {};
  if (found->second.clients.empty())
    consumers_.erase(found);
  return {consumer_group};
}

client_registry::changed_groups
client_registry::disconnect(std::uint64_t connection) {
  std::erase_if(
    seen_, [&](const auto& entry) { return entry.first.second == connection; });
  return remove_if([&](const std::string&, const group_client& client) {
    return client.connection == connection;
  });
}

client_registry::changed_groups client_registry::expire(instant now) {
  std::set<std::pair<std::string, std::uint64_t>> silent;
  for (const auto& [who, when] : seen_)
    if (now - when > silence_max)
      silent.insert(who);
  if (silent.empty())
    return {};
  std::erase_if(
    seen_, [&](const auto& entry) { return silent.contains(entry.first); });
  return remove_if([&](const std::string& id, const group_client& client) {
    return silent.contains({id, client.connection});
  });
}

template <class Predicate>
client_registry::changed_groups client_registry::remove_if(Predicate is_gone) {
  changed_groups changed;
  const auto gone = [&](const auto& client) {
    return is_gone(client.first, client.second);
  };
  for (auto at = consumers_.begin(); at != consumers_.end();) {
    if (std::erase_if(at->second.clients, gone) > 0)
      changed.insert(at->first);
    at = at->second.clients.empty() ? consumers_.erase(at) : std::next(at);
  }
  for (auto at = producers_.begin(); at != producers_.end();) {
    std::erase_if(at->second, gone);
    at = at->second.empty() ? producers_.erase(at) : std::next(at);
  }
  return changed;
}

const client_registry::group*
client_registry::consumers(const std::string& name) const {
  const auto found = consumers_.find(name);
  return found == consumers_.end() ? nullptr : &found->second;
}

const std::map<std::string, group_client>*
client_registry::producers(const std::string& name) const {
  const auto found = producers_.find(name);
  return found == producers_.end() ? nullptr : &found->second;
}

} // namespace apogee::core
