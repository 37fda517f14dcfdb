#pragma once

#include "actors/client/environment.hpp"
#include "actors/protocol.hpp"
#include "tests/actors/client/fake_records.hpp"
#include "tests/support/actor_test.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace apogee::client {

/// A request that a fake broker received.
struct received_append {
  std::string topic;
  std::uint32_t queue = 0;
  std::uint8_t ack = 0;
  std::vector<std::string> bodies;
  std::vector<std::string> tags;
  std::vector<std::vector<std::string>> keys;
  std::vector<std::map<std::string, std::string>> properties;
};

struct stored_message {
  std::string body;
  std::int64_t store_time_ms = 0;
  earlier_failures failures = {};
};

/// A broker that keeps messages in memory and answers as the test wants.
struct fake_broker {
  std::string name;
  std::string address;
  caf::actor door;
  caf::actor service; ///< null: the node answers errc::unknown_service
  caf::actor groups;
  std::vector<received_append> appends;
  std::map<std::pair<std::string, std::uint32_t>, std::vector<stored_message>>
    queues;
  bool holds = false; ///< appends are kept unanswered in `held`

  struct held_append {
    received_append request;
    caf::response_promise promise;
  };

  std::deque<held_append> held;
  std::deque<failure> refusals;             ///< answers to the next appends
  std::size_t messages_per_request_max = 0; ///< 0: no limit

  struct waiting_pull {
    envelope<schema::PullRequest> request;
    caf::response_promise promise;
  };

  std::vector<waiting_pull> pulls; ///< long polls that found nothing
  std::vector<std::uint64_t> pulled_offsets;
  std::uint64_t min_offset = 0;
  /// Of what comes next; now, as the consumer sees it.
  std::int64_t store_time_ms =
    std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch())
      .count();
  bool holds_offsets = false; ///< questions for them are kept unanswered
  std::vector<caf::response_promise> held_offsets;
  bool corrupts_next_pull = false;
  std::set<std::uint64_t> damaged_offsets; ///< in any queue, every time
  /// The broker finds the damage itself and sends nothing of such a pull.
  bool refuses_damaged = false;

  envelope<schema::AppendReply> store(const received_append& request);
  /// Null while the pull has to wait.
  std::optional<envelope<schema::PullReply>>
  read(const envelope<schema::PullRequest>& request);
  void answer_waiting_pulls();
};

/// What a fake group service was told.
struct seen_join {
  std::string group;
  std::string member_id;
  std::vector<std::string> topics;
  caf::actor member;
};

struct seen_report {
  std::uint64_t generation = 0;
  std::map<std::pair<std::string, std::uint32_t>, std::uint64_t> offsets;
  bool leaving = false;
};

struct seen_send_back {
  std::string group;
  std::uint64_t position = 0;
  std::int32_t delay_level = 0;
  std::int32_t retries_max = 0;

  bool operator==(const seen_send_back&) const = default;
};

struct fake_groups {
  std::vector<seen_join> joins;
  std::vector<seen_report> reports;
  std::deque<failure> refusals; ///< answers to the next reports
  std::vector<seen_send_back> send_backs;
  failure send_back_failure;     ///< answer to messages that are given back
  bool holds_send_backs = false; ///< these are kept unanswered in `held`
  std::deque<caf::response_promise> held;
};

/// A cluster of fakes in virtual time: a nameserver, brokers, and a connector
/// that leads to them by address.
class client_test : public actor_test {
protected:
  client_test();
  ~client_test() override;

  std::shared_ptr<fake_broker> add_broker(const std::string& name,
                                          const std::string& address);

  /// The nameserver says that `broker` serves `topic`.
  void route(const std::string& topic, const fake_broker& broker,
             std::uint32_t queues, std::uint8_t permission = 6);

  void forget_routes() { routes_->clear(); }

  /// Ends the broker's services, as a crash of its node does.
  void kill(fake_broker& broker);

  /// Starts the services of a broker that was killed.
  void revive(const std::shared_ptr<fake_broker>& broker);

  /// Stores and answers the oldest append that the broker holds.
  void answer_one(fake_broker& broker);

  /// Answers the questions for offsets that the broker holds: `min` to `max`.
  void answer_offsets(fake_broker& broker, std::uint64_t min,
                      std::uint64_t max);

  /// Answers the oldest message given back that the broker holds.
  void answer_send_back(fake_broker& broker);

  /// Hands `queues` (number → start offset) of `topic` to the newest member.
  void assign(const fake_broker& broker, std::uint64_t generation,
              const std::string& topic,
              const std::map<std::uint32_t, std::uint64_t>& queues);

  /// Appends bodies to a queue as another producer would.
  void store(fake_broker& broker, const std::string& topic, std::uint32_t queue,
             const std::vector<std::string>& bodies,
             const earlier_failures& failures = {});

  environment where() { return {connector_, false}; }

  static constexpr const char* nameserver_address = "ns:9875";

  std::map<const fake_broker*, std::shared_ptr<fake_groups>> groups;
  std::size_t connects = 0;

private:
  struct route_entry {
    std::string name;
    std::string address;
    std::uint32_t queues = 0;
    std::uint8_t permission = 6;
  };

  using route_map = std::map<std::string, std::vector<route_entry>>;

  caf::actor spawn_nameserver();
  caf::actor spawn_broker_service(std::shared_ptr<fake_broker> broker);
  caf::actor spawn_group_service(std::shared_ptr<fake_groups> state);
  caf::actor spawn_door(std::shared_ptr<fake_broker> broker);

  std::shared_ptr<route_map> routes_ = std::make_shared<route_map>();
  std::shared_ptr<std::vector<route_entry>> brokers_ =
    std::make_shared<std::vector<route_entry>>();
  std::shared_ptr<std::map<std::string, caf::actor>> doors_ =
    std::make_shared<std::map<std::string, caf::actor>>();
  caf::actor connector_;
  std::vector<caf::actor> spawned_;
};

} // namespace apogee::client
