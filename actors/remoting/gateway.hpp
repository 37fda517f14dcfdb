#pragma once

#include "actors/core/answer_room.hpp"
#include "actors/core/broker_statistics.hpp"
#include "actors/core/gateway_counters.hpp"
#include "actors/core/group_table.hpp"
#include "actors/core/log_limit.hpp"
#include "actors/core/offset_resets.hpp"
#include "actors/core/recent_names.hpp"
#include "actors/handle_provider.hpp"
#include "actors/protocol.hpp"
#include "actors/remoting/subscription_registry.hpp"
#include "actors/remoting/tls_context.hpp"
#include "actors/remoting/topic_table.hpp"
#include "config/settings.hpp"
#include "messages/remoting/host_address.hpp"

#include <caf/actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace apogee::remoting {

/// What a port serves.
enum class port_role : std::uint8_t { nameserver, broker };

class session;

/// So much may any connection hold, however crowded its port is.
inline constexpr std::size_t fair_bytes = 16u << 10;

/// What the sessions of one port share. Belongs to the I/O thread.
struct gateway {
  port_role role = port_role::broker;
  config::remoting_settings settings;
  std::uint64_t message_size_max = 4u << 20;
  /// What is added to those of messages that are pulled.
  std::shared_ptr<const std::string> broker_properties;
  std::string broker_name;
  /// What stands in stored messages and message ids for a client that reached
  /// the broker at an address. Empty at a nameserver, which has neither.
  std::function<host_address(const host_address& reached)> store_host;
  std::function<std::int64_t()> wall_clock_ms;
  /// Null: TLS is refused.
  tls_context_ptr tls;
  /// For the log.
  std::function<void(const std::string&)> note;
  core::log_limit note_limit;

  handle_provider<caf::actor> dispatcher;
  handle_provider<caf::actor> topic_catalog;
  /// Takes offset_updates.
  handle_provider<caf::actor> groups;
  /// Who serves the requests that sessions leave to others, by code.
  std::unordered_map<std::int32_t, handle_provider<caf::actor>> services;

  std::shared_ptr<subscription_registry> subscriptions =
    std::make_shared<subscription_registry>();
  std::shared_ptr<const core::group_table> consumer_groups;
  std::shared_ptr<core::broker_statistics> statistics;
  std::shared_ptr<core::offset_resets> resets =
    std::make_shared<core::offset_resets>();
  bool auto_create_groups = true;
  std::shared_ptr<topic_table> topics = std::make_shared<topic_table>();
  /// Topics that sends have made, or tried to. Clients look for routes every 30
  /// s; until then some of them choose among the queues of template_topic.
  core::recent_names new_topics{std::chrono::minutes{1}, 1'000};
  std::shared_ptr<core::gateway_counters> counts =
    std::make_shared<core::gateway_counters>();

  /// One for each open connection.
  std::unordered_set<session*> sessions;
  bool is_draining = false; ///< the node ends: nothing more is read
  /// Sessions with the beginning of a long frame, by its bytes.
  std::set<std::pair<std::size_t, session*>> long_frames;

  core::answer_bounds answer_bounds() const {
    return {settings.unsent_bytes_max, fair_bytes, settings.memory_limit / 2};
  }

  /// What clients do wrong, as often as they like, without filling the log.
  void note_rarely(std::string_view kind, const std::string& text) {
    const auto left_out =
      note_limit.admit(kind, std::chrono::steady_clock::now());
    if (left_out)
      note(*left_out == 0 ? text
                          : text + " (and " + std::to_string(*left_out)
                              + " more like this since the last such line)");
  }

  /// Null when nobody serves such requests.
  const handle_provider<caf::actor>* service_of(std::int32_t code) const {
    const auto found = services.find(code);
    return found == services.end() ? nullptr : &found->second;
  }
};

using gateway_ptr = std::shared_ptr<gateway>;

} // namespace apogee::remoting
