#pragma once

#include "messages/errors.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace apogee::core {

/// Names one member of a broker group.
struct broker_key {
  std::string cluster;
  std::string name;
  std::uint64_t id = 0; ///< 0: the leader
  auto operator<=>(const broker_key&) const = default;
};

struct broker_description {
  broker_key key;
  std::uint64_t incarnation = 0; ///< grows with every start of the broker
  std::string native_address;
  std::string remoting_address;
  /// "0.0.0.0" or "::" when the broker listens on all addresses of its machine
  /// and the address above is but one of them; otherwise empty.
  std::string remoting_any_host;
};

/// What one broker serves of a topic.
struct served_queues {
  std::uint32_t write = 0; ///< queues that producers share: the first ones
  std::uint32_t read = 0;  ///< queues that consumers share: the first ones
  std::uint8_t permission = 0;
  std::int32_t system_flag = 0;

  bool operator==(const served_queues&) const = default;
};

struct registered_topic {
  std::string topic;
  served_queues queues;
};

/// What a broker says about itself: all its topics, what changed, or nothing
/// but that it is there.
struct registration_report {
  broker_description broker;
  bool complete = false; ///< `changed` is all there is
  std::vector<registered_topic> changed;
  std::vector<std::string> deleted;
  std::uint64_t sequence = 0;
  std::chrono::milliseconds expiry{0}; ///< forget the broker when silent
};

/// One broker that serves a topic.
struct registered_route {
  broker_description broker;
  served_queues queues;
};

/// Which brokers serve which topics, as far as the brokers said so lately.
///
/// A look-up costs the brokers of the topic, a report the topics it names (a
/// complete one also those that it makes forget), whatever else is known.
class route_table {
public:
  using instant = std::chrono::steady_clock::time_point;

  /// Brokers beyond these are refused with errc::busy: a cluster is far
  /// smaller, so somebody invents names.
  static constexpr std::size_t brokers_max = 10'000;

  /// Takes a report. Returns true when the broker has to send a complete one,
  /// because one before this was missed; nothing of this one is taken then but
  /// the sign of life. A report seen before changes nothing. Fails with
  /// errc::version_mismatch when a later incarnation of the broker is known,
  /// and errc::busy (see brokers_max).
  result<bool> apply(const registration_report& report, instant now);

  /// Forgets a broker and its routes; does nothing when it is unknown.
  void remove(const broker_key& key);

  /// Forgets the brokers that were silent for too long and returns their keys.
  std::vector<broker_key> expire(instant now);

  /// The brokers that serve the topic, sorted by key.
  std::vector<registered_route> routes(const std::string& topic) const;

  /// All brokers, sorted by key, without queues, and with the permission that
  /// a topic which has all of them would have there.
  std::vector<registered_route> brokers() const;

  std::size_t topics() const { return topics_.size(); }

  /// The names of the topics that a broker of the cluster serves, sorted; of
  /// all brokers when `cluster` is empty.
  std::vector<std::string> topics_of(const std::string& cluster) const;

  /// Hides the write permission of all topics of the brokers with this name,
  /// also of those that come later, until it is shown again or the broker
  /// starts anew. Returns how many topics these brokers serve.
  std::size_t show_writable(const std::string& broker_name, bool is_shown);

private:
  struct broker_entry {
    broker_description description;
    std::uint64_t sequence = 0;
    std::chrono::milliseconds expiry{0};
    instant expires;
    std::unordered_set<std::string_view> topics; // keys of topics_
    bool is_writable = true;                     // as far as its topics are
  };

  struct service {
    const broker_entry* broker = nullptr;
    served_queues queues;
  };

  void forget_unnamed(broker_entry& broker, const registration_report& report);
  void serve(broker_entry& broker, const registered_topic& route);
  void stop_serving(broker_entry& broker, std::string_view topic);
  void unlink(const broker_entry& broker, std::string_view topic);

  std::map<broker_key, broker_entry> brokers_; // entries never move
  std::unordered_map<std::string, std::vector<service>> topics_;
};

} // namespace apogee::core
