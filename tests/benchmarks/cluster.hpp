#pragma once

#include "actors/client/producer.hpp"
#include "actors/client/pull_consumer.hpp"
#include "tests/benchmarks/child_process.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace apogee::benchmarks {

/// `apogee standalone` as a process with a data folder of its own, and this
/// process as its client.
class cluster {
public:
  /// Starts nothing yet. `options` are further arguments of the node.
  explicit cluster(std::string folder, std::vector<std::string> options = {});
  ~cluster();

  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;

  /// Starts the node and waits for its ready line; returns how long that took,
  /// in seconds.
  double start();

  void stop();

  void kill();

  child_process& node() { return *node_; }

  const std::string& folder() const { return folder_; }

  caf::actor_system& system() { return *system_; }

  /// Creates topics, many requests at a time.
  void create_topics(const std::vector<std::string>& names,
                     std::uint32_t queues);

  client::producer make_producer(ack_level ack);

  client::pull_consumer make_pull_consumer();

  /// Native address of the nameserver.
  const std::string& native_address() const { return native_; }

  /// For RocketMQ clients.
  std::uint16_t broker_port() const { return broker_port_; }

private:
  caf::actor connect_admin();

  std::string folder_;
  std::vector<std::string> options_;
  std::string native_;
  std::uint16_t broker_port_ = 0;
  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  std::optional<child_process> node_;
};

/// A cluster in a fresh folder with a topic "load" of 8 queues.
std::unique_ptr<cluster> make_loaded_cluster(const std::string& folder);

inline constexpr auto load_topic = "load";
inline constexpr std::uint32_t load_queues = 8;

} // namespace apogee::benchmarks
