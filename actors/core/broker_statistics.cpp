#include "actors/core/broker_statistics.hpp"

#include "messages/names.hpp"

namespace apogee::core {

namespace {

/// What no legal names make is not kept: clients may say anything.
constexpr auto key_bytes_max =
  derived_topic_name_bytes_max + 1 + group_name_bytes_max;

} // namespace

std::string group_flow_key(std::string_view topic, std::string_view group) {
  std::string out;
  out.reserve(topic.size() + 1 + group.size());
  out += topic;
  out += '@';
  out += group;
  return out;
}

broker_statistics::broker_statistics(std::size_t flows_max)
  : flows_max_(flows_max),
    puts_(find_or_add<flow>({flow_kind::broker_put, {}}, nullptr)),
    gets_(find_or_add<flow>({flow_kind::broker_get, {}}, nullptr)),
    other_gets_(std::make_shared<group_flow>(gets_)) {}

flow_pointer broker_statistics::topic_put(std::string_view topic) {
  return find_or_add<flow>({flow_kind::topic_put, std::string{topic}},
                           is_closed_topic(topic) ? nullptr : puts_);
}

std::shared_ptr<group_flow>
broker_statistics::group_get(std::string_view topic, std::string_view group) {
  return find_or_add<group_flow>(
    {flow_kind::group_get, group_flow_key(topic, group)}, gets_);
}

flow_pointer broker_statistics::send_back(std::string_view topic,
                                          std::string_view group) {
  return find_or_add<flow>({flow_kind::send_back, group_flow_key(topic, group)},
                           nullptr);
}

template <class Flow>
std::shared_ptr<Flow> broker_statistics::find_or_add(flow_key key,
                                                     flow_pointer whole) {
  std::lock_guard guard{table_mutex_};
  const auto found = table_.find(key);
  if (found != table_.end())
    return std::static_pointer_cast<Flow>(found->second->counted);
  auto added = std::make_shared<Flow>(std::move(whole));
  if (table_.size() < flows_max_ && key.second.size() <= key_bytes_max) {
    const auto one =
      std::make_shared<entry>(entry{std::move(key), added, flow_history{}});
    table_.emplace(one->key, one);
    added_.push_back(one);
  }
  return added;
}

void broker_statistics::sample(instant now) {
  std::lock_guard guard{history_mutex_};
  {
    std::lock_guard table_guard{table_mutex_};
    sampled_.insert(sampled_.end(), added_.begin(), added_.end());
    added_.clear();
  }
  std::erase_if(sampled_, [&](const auto& one) {
    const auto so_far = one->counted->read();
    one->history.sample(now, so_far);
    return one->history.is_idle(so_far) && forget(*one);
  });
}

/// A flow that somebody else has may still count.
bool broker_statistics::forget(const entry& idle) {
  std::lock_guard guard{table_mutex_};
  if (idle.counted.use_count() > 1)
    return false;
  table_.erase(idle.key);
  return true;
}

void broker_statistics::forget_topic(std::string_view topic) {
  const auto start = group_flow_key(topic, {});
  forget_groups([&](const auto& key) { return key.starts_with(start); });
}

void broker_statistics::forget_group(std::string_view group) {
  const auto end = group_flow_key({}, group);
  forget_groups([&](const auto& key) { return key.ends_with(end); });
}

/// Of keys with a topic and a group.
template <class Predicate>
void broker_statistics::forget_groups(Predicate is_gone) {
  const auto is_gone_entry = [&](const auto& one) {
    return is_gone(one->key.second);
  };
  std::lock_guard guard{history_mutex_};
  std::lock_guard table_guard{table_mutex_};
  std::erase_if(table_, [&](const auto& known) {
    const auto& [key, one] = known;
    if (!is_gone_entry(one))
      return false;
    if (key.first == flow_kind::group_get)
      static_cast<group_flow&>(*one->counted).forget();
    return true;
  });
  std::erase_if(added_, is_gone_entry);
  std::erase_if(sampled_, is_gone_entry);
}

std::shared_ptr<const group_flow>
broker_statistics::known_group_get(std::string_view topic,
                                   std::string_view group) const {
  const auto found = find({flow_kind::group_get, group_flow_key(topic, group)});
  return found ? std::static_pointer_cast<const group_flow>(found->counted)
               : nullptr;
}

std::optional<flow_report> broker_statistics::report(flow_kind kind,
                                                     std::string_view key,
                                                     instant now) const {
  const auto found = find({kind, std::string{key}});
  if (!found)
    return {};
  std::lock_guard guard{history_mutex_};
  return found->history.report(now, found->counted->read());
}

/// Null when there is none.
broker_statistics::entry_pointer
broker_statistics::find(const flow_key& key) const {
  std::lock_guard guard{table_mutex_};
  const auto found = table_.find(key);
  return found == table_.end() ? nullptr : found->second;
}

} // namespace apogee::core
