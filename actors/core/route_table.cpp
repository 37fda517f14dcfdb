#include "actors/core/route_table.hpp"

#include <algorithm>
#include <set>

namespace apogee::core {

namespace {

constexpr std::uint8_t may_write = 2;
constexpr std::uint8_t may_all = 7;

/// Of the permission, what is left while nothing is to be written to a broker.
std::uint8_t as_shown(std::uint8_t permission, bool is_writable) {
  return is_writable ? permission
                     : static_cast<std::uint8_t>(permission & ~may_write);
}

} // namespace

result<bool> route_table::apply(const registration_report& report,
                                instant now) {
  const auto& key = report.broker.key;
  auto found = brokers_.find(key);
  if (found != brokers_.end()
      && found->second.description.incarnation > report.broker.incarnation)
    return {errc::version_mismatch,
            "broker '" + key.name + "' has registered with incarnation "
              + std::to_string(found->second.description.incarnation)
              + ", after incarnation "
              + std::to_string(report.broker.incarnation)
              + "; two brokers run under one name, give one another"};
  if (found != brokers_.end()
      && found->second.description.incarnation < report.broker.incarnation) {
    remove(key);
    found = brokers_.end();
  }
  if (found == brokers_.end()) {
    if (!report.complete)
      return true;
    if (brokers_.size() >= brokers_max)
      return {errc::busy, "the nameserver knows " + std::to_string(brokers_max)
                            + " brokers and takes no more"};
    found = brokers_.emplace(key, broker_entry{}).first;
  }
  auto& broker = found->second;
  broker.expiry = report.expiry;
  broker.expires = now + report.expiry;
  if (!report.complete) {
    if (report.sequence <= broker.sequence)
      return false;
    if (report.sequence != broker.sequence + 1)
      return true;
  }
  broker.sequence = report.sequence;
  broker.description = report.broker;
  if (report.complete)
    forget_unnamed(broker, report);
  for (const auto& topic : report.deleted)
    stop_serving(broker, topic);
  for (const auto& route : report.changed)
    serve(broker, route);
  return false;
}

void route_table::remove(const broker_key& key) {
  const auto found = brokers_.find(key);
  if (found == brokers_.end())
    return;
  for (const auto topic : found->second.topics)
    unlink(found->second, topic);
  brokers_.erase(found);
}

std::vector<broker_key> route_table::expire(instant now) {
  std::vector<broker_key> expired;
  for (const auto& [key, broker] : brokers_)
    if (broker.expires <= now)
      expired.push_back(key);
  for (const auto& key : expired)
    remove(key);
  return expired;
}

std::vector<registered_route>
route_table::routes(const std::string& topic) const {
  std::vector<registered_route> out;
  const auto found = topics_.find(topic);
  if (found == topics_.end())
    return out;
  out.reserve(found->second.size());
  for (const auto& x : found->second) {
    out.push_back({x.broker->description, x.queues});
    auto& permission = out.back().queues.permission;
    permission = as_shown(permission, x.broker->is_writable);
  }
  return out;
}

std::vector<std::string>
route_table::topics_of(const std::string& cluster) const {
  std::set<std::string> out;
  for (const auto& [key, broker] : brokers_)
    if (cluster.empty() || key.cluster == cluster)
      out.insert(broker.topics.begin(), broker.topics.end());
  return {out.begin(), out.end()};
}

std::size_t route_table::show_writable(const std::string& broker_name,
                                       bool is_shown) {
  std::size_t topics = 0;
  for (auto& [key, broker] : brokers_) {
    if (key.name != broker_name)
      continue;
    broker.is_writable = is_shown;
    topics += broker.topics.size();
  }
  return topics;
}

std::vector<registered_route> route_table::brokers() const {
  std::vector<registered_route> out;
  out.reserve(brokers_.size());
  for (const auto& [key, broker] : brokers_)
    out.push_back({broker.description,
                   {.permission = as_shown(may_all, broker.is_writable)}});
  return out;
}

void route_table::forget_unnamed(broker_entry& broker,
                                 const registration_report& report) {
  std::unordered_set<std::string_view> named;
  named.reserve(report.changed.size());
  for (const auto& route : report.changed)
    named.insert(route.topic);
  std::vector<std::string_view> unnamed;
  for (const auto topic : broker.topics)
    if (!named.contains(topic))
      unnamed.push_back(topic);
  for (const auto topic : unnamed)
    stop_serving(broker, topic);
}

void route_table::serve(broker_entry& broker, const registered_topic& route) {
  const auto entry = topics_.try_emplace(route.topic).first;
  auto& services = entry->second;
  const auto place =
    std::lower_bound(services.begin(), services.end(), broker.description.key,
                     [](const service& x, const broker_key& key) {
                       return x.broker->description.key < key;
                     });
  if (place != services.end() && place->broker == &broker) {
    place->queues = route.queues;
    return;
  }
  services.insert(place, {&broker, route.queues});
  broker.topics.insert(entry->first);
}

void route_table::stop_serving(broker_entry& broker, std::string_view topic) {
  // The set holds views of the keys that unlink may free: take it out first.
  if (broker.topics.erase(topic) > 0)
    unlink(broker, topic);
}

void route_table::unlink(const broker_entry& broker, std::string_view topic) {
  const auto entry = topics_.find(std::string{topic});
  auto& services = entry->second;
  std::erase_if(services,
                [&](const service& x) { return x.broker == &broker; });
  if (services.empty())
    topics_.erase(entry);
}

} // namespace apogee::core
