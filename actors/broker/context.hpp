#pragma once

#include "actors/core/broker_statistics.hpp"
#include "actors/core/committed_offsets.hpp"
#include "actors/core/delay_levels.hpp"
#include "actors/core/gateway_counters.hpp"
#include "actors/core/group_members.hpp"
#include "actors/core/group_table.hpp"
#include "actors/core/memory_budget.hpp"
#include "actors/core/queue_locks.hpp"
#include "actors/core/read_ahead.hpp"
#include "config/settings.hpp"
#include "store/views/views.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace apogee::broker {

/// Counters and positions for `apogee status`; written by their owners, read by
/// anybody.
struct counters {
  std::atomic<std::uint64_t> epoch{0};
  std::atomic<std::uint64_t> log_start{0};
  std::atomic<std::uint64_t> written{0};
  std::atomic<std::uint64_t> flushed{0};
  std::atomic<std::uint64_t> disk_free_bytes{0};
  std::atomic<std::uint64_t> messages_appended{0};
  std::atomic<std::uint64_t> messages_pulled{0};
  std::atomic<std::uint64_t> empty_pulls{0}; ///< that brought no message
  std::atomic<std::uint64_t> refused_busy{0};
  std::atomic<std::uint64_t> refused_malformed{0};
  std::atomic<std::uint32_t> queues_active{0};
};

/// What the actors of one broker share and what outlives their restarts. All
/// members may be used from any thread.
struct context {
  config::broker_config settings;
  std::string program_version;
  std::shared_ptr<store::views> views;
  std::shared_ptr<core::memory_budget> budget;
  std::shared_ptr<core::offset_table> offsets;
  std::shared_ptr<core::queue_locks> locks =
    std::make_shared<core::queue_locks>();
  std::shared_ptr<core::group_members> members =
    std::make_shared<core::group_members>();
  core::delay_levels delay_levels;
  std::shared_ptr<core::read_ahead> ahead =
    std::make_shared<core::read_ahead>();
  std::shared_ptr<core::broker_statistics> statistics =
    std::make_shared<core::broker_statistics>();
  std::shared_ptr<counters> counts = std::make_shared<counters>();
  std::shared_ptr<core::group_table> groups =
    std::make_shared<core::group_table>();
  /// Of the node's ports for RocketMQ clients, by name.
  std::map<std::string, std::shared_ptr<const core::gateway_counters>> ports;
  /// Milliseconds since 1970; the store time of messages.
  std::function<std::int64_t()> wall_clock_ms;
};

using context_ptr = std::shared_ptr<const context>;

} // namespace apogee::broker
