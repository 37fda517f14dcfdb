#pragma once

#include "actors/core/flow.hpp"
#include "actors/core/flow_history.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apogee::core {

enum class flow_kind : std::uint8_t {
  broker_put, ///< sent to topics that clients may send to; no key
  broker_get, ///< what clients have pulled; no key
  topic_put,  ///< key: the topic
  group_get,  ///< key: topic@group, as of the next one
  send_back,  ///< what the group gave back
};

/// "topic@group"
std::string group_flow_key(std::string_view topic, std::string_view group);

/// How much goes through the broker: by topic, and by group and topic.
///
/// Whoever sends or pulls looks a flow up once for many messages and keeps it
/// as long as it likes. Flows that nobody keeps and that carried nothing for a
/// day, or within the first hour, are forgotten; with `flows_max` of them
/// known, more are counted for the broker alone. Any thread; sampling and
/// reporting do not hold up who counts.
class broker_statistics {
public:
  using instant = flow_history::instant;

  static constexpr std::size_t flows_max_default = 16'384;

  explicit broker_statistics(std::size_t flows_max = flows_max_default);

  flow_pointer puts() const { return puts_; }

  flow_pointer gets() const { return gets_; }

  /// What is read for no group that is known: counts for the broker alone.
  std::shared_ptr<group_flow> other_gets() const { return other_gets_; }

  /// Topics of the broker's own do not count as sent by clients.
  flow_pointer topic_put(std::string_view topic);
  std::shared_ptr<group_flow> group_get(std::string_view topic,
                                        std::string_view group);
  flow_pointer send_back(std::string_view topic, std::string_view group);

  /// Null when nobody has looked it up.
  std::shared_ptr<const group_flow>
  known_group_get(std::string_view topic, std::string_view group) const;

  /// What its groups read of a topic that was deleted, or what a group that was
  /// deleted has read and given back.
  void forget_topic(std::string_view topic);
  void forget_group(std::string_view group);

  /// Call it every flow_history::sample_interval.
  void sample(instant now);

  /// Nothing about what has not been looked up, or was forgotten.
  std::optional<flow_report> report(flow_kind kind, std::string_view key,
                                    instant now) const;

private:
  using flow_key = std::pair<flow_kind, std::string>;

  struct entry {
    flow_key key;
    flow_pointer counted;
    flow_history history; ///< guarded by history_mutex_
  };

  using entry_pointer = std::shared_ptr<entry>;

  template <class Flow>
  std::shared_ptr<Flow> find_or_add(flow_key key, flow_pointer whole);
  entry_pointer find(const flow_key& key) const;
  bool forget(const entry& idle);
  template <class Predicate>
  void forget_groups(Predicate is_gone);

  const std::size_t flows_max_;
  mutable std::mutex table_mutex_; // held for a look-up
  std::map<flow_key, entry_pointer> table_;
  std::vector<entry_pointer> added_;
  mutable std::mutex history_mutex_; // held while sampling; taken first
  std::vector<entry_pointer> sampled_;
  flow_pointer puts_; // of the table, as all
  flow_pointer gets_;
  std::shared_ptr<group_flow> other_gets_;
};

} // namespace apogee::core
