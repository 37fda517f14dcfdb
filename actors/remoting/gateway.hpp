#pragma once

#include "actors/core/group_table.hpp"
#include "actors/handle_provider.hpp"
#include "actors/protocol.hpp"
#include "actors/remoting/subscription_registry.hpp"
#include "actors/remoting/topic_table.hpp"
#include "config/settings.hpp"
#include "messages/remoting/host_address.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

namespace apogee::remoting {

/// For `apogee status`; written in the I/O thread, read anywhere.
struct gateway_counters {
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> refused_connections{0}; ///< over the limit
  std::atomic<std::uint64_t> refused_frames{0};      ///< that did not decode
  std::atomic<std::uint64_t> refused_codes{0};       ///< nobody serves them
  std::atomic<std::uint64_t> idle_closed{0};
  std::atomic<std::uint64_t> throttled{0}; ///< reading stopped for a while
};

/// What a port serves.
enum class port_role : std::uint8_t { nameserver, broker };

/// What the sessions of one port share.
struct gateway {
  port_role role = port_role::broker;
  config::remoting_settings settings;
  std::uint64_t message_size_max = 4u << 20;
  std::string cluster;
  std::string broker_name;
  /// Stands in stored messages and message ids; the one in routes.
  std::function<host_address()> store_host;
  std::function<std::int64_t()> wall_clock_ms;
  /// For the log: somebody was cut off, and why.
  std::function<void(const std::string&)> note;

  handle_provider<caf::actor> dispatcher;
  handle_provider<caf::actor> topic_catalog;
  /// Takes offset_updates.
  handle_provider<caf::actor> groups;
  /// Who serves the requests that sessions leave to others, by code.
  std::unordered_map<std::int32_t, handle_provider<caf::actor>> services;

  std::shared_ptr<subscription_registry> subscriptions =
    std::make_shared<subscription_registry>();
  std::shared_ptr<const core::group_table> consumer_groups;
  bool auto_create_groups = true;
  std::shared_ptr<topic_table> topics = std::make_shared<topic_table>();
  std::shared_ptr<gateway_counters> counts =
    std::make_shared<gateway_counters>();
  /// One for each open connection; used in the I/O thread alone.
  std::set<caf::actor_addr> sessions;

  /// Null when nobody serves such requests.
  const handle_provider<caf::actor>* service_of(std::int32_t code) const {
    const auto found = services.find(code);
    return found == services.end() ? nullptr : &found->second;
  }
};

using gateway_ptr = std::shared_ptr<gateway>;

} // namespace apogee::remoting
