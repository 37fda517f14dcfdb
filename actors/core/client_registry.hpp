#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace apogee::core {

/// One RocketMQ client in one consumer group, as its last heartbeat said.
struct group_client {
  std::uint64_t connection = 0; ///< the heartbeat came on it
  std::string address;
  std::uint8_t language = 0;
  std::int32_t version = 0;
  bool is_broadcasting = false;
  bool is_pulling = false;                        ///< consumes actively
  int consume_from = 0;                           ///< RocketMQ's ordinal
  std::map<std::string, std::string> expressions; ///< it wants, by topic

  bool operator==(const group_client&) const = default;
};

/// What a group wants of a topic. The newest version wins.
struct group_subscription {
  std::string expression_type;
  std::string expression;
  std::int64_t version = 0;

  bool operator==(const group_subscription&) const = default;
};

using group_subscriptions = std::map<std::string, group_subscription>;

/// One group of a heartbeat.
struct beating_group {
  std::string name;
  group_client client;
  group_subscriptions subscriptions; ///< by topic
};

/// Which RocketMQ clients are in which groups, from their heartbeats.
///
/// A heartbeat is a complete statement for each group that it names. Everybody
/// in a group hears at once when somebody joins, leaves, or its topics change:
/// functions return the names of the groups for whom that is so. Nobody is told
/// more often: clients share queues anew once a second at most, so that a word
/// too many would delay what the next one is about.
class client_registry {
public:
  using instant = std::chrono::steady_clock::time_point;
  using changed_groups = std::set<std::string>;

  struct beat_changes {
    changed_groups rebalanced;   ///< whose queues have to be shared anew
    changed_groups resubscribed; ///< what they want is another, or inconsistent
  };

  /// A client that is silent for so long has left.
  static constexpr std::chrono::seconds silence_max{120};

  struct group {
    std::map<std::string, group_client> clients; ///< by client id
    group_subscriptions subscriptions;
    /// Two members want different things of one topic: its name.
    std::string inconsistent_topic;
  };

  beat_changes beat(const std::string& client_id,
                    const std::vector<beating_group>& consumers,
                    const std::vector<beating_group>& producers, instant now);

  /// A topic of which another member of the group wants something else than
  /// the client; empty: there is none.
  std::string differing_topic(const std::string& client_id,
                              const beating_group& beating) const;

  /// The client leaves these groups; empty names are none.
  changed_groups leave(const std::string& client_id,
                       const std::string& producer_group,
                       const std::string& consumer_group);

  /// Everybody on the connection has left.
  changed_groups disconnect(std::uint64_t connection);

  /// Those who were silent for too long have left.
  changed_groups expire(instant now);

  /// Null when the group has no clients.
  const group* consumers(const std::string& name) const;
  const std::map<std::string, group_client>*
  producers(const std::string& name) const;

  const std::map<std::string, group>& all_consumers() const {
    return consumers_;
  }

private:
  template <class Predicate>
  changed_groups remove_if(Predicate is_gone);

  std::map<std::string, group> consumers_;
  std::map<std::string, std::map<std::string, group_client>> producers_;
  std::map<std::pair<std::string, std::uint64_t>, instant> seen_;
};

} // namespace apogee::core
