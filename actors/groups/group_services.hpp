#pragma once

#include "actors/core/group_state.hpp"
#include "actors/core/group_table.hpp"
#include "actors/group_messages.hpp"
#include "actors/groups/offset_committer.hpp"
#include "actors/handle_provider.hpp"
#include "actors/member_news.hpp"
#include "actors/protocol.hpp"
#include "actors/special/retry_messages.hpp"
#include "config/settings.hpp"

#include <caf/typed_actor.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// What the actors of the consumer groups share, and how they talk to each
/// other inside the process.
namespace apogee::groups {

/// What the groups need of the broker around them. The functions are called in
/// several threads, after a barrier of the log.
struct group_services {
  config::group_settings settings;
  handle_provider<log_service_actor> log;
  handle_provider<topic_catalog_actor> topics;
  handle_provider<broker_service_actor> broker;
  std::shared_ptr<core::offset_table> offsets;
  handle_provider<offset_committer_actor> committer;
  std::shared_ptr<core::queue_locks> locks;
  std::shared_ptr<core::group_members> members;
  /// Hears members_atom with a group whose native members have changed, or have
  /// given queues back.
  handle_provider<caf::actor> rocketmq_clients;
  handle_provider<group_catalog_actor> group_catalog;
  std::shared_ptr<const core::group_table> groups;
  /// Takes the messages that members give back, safe at `retry_ack`.
  handle_provider<special::retry_service_actor> retry;
  ack_level retry_ack = ack_level::memory;
  /// RocketMQ's offset message id of what stands at a position.
  std::function<std::string(log_position)> message_id;
  /// Milliseconds since 1970.
  std::function<std::int64_t()> wall_clock_ms;
  /// Counts messages that did not decode.
  std::shared_ptr<std::atomic<std::uint64_t>> refused_malformed =
    std::make_shared<std::atomic<std::uint64_t>>(0);
  /// A group without members gives its actor up after this time.
  std::chrono::milliseconds idle_after{60'000};
};

using group_services_ptr = std::shared_ptr<const group_services>;

/// Longest wait for the log, the topics, the offsets of a queue.
inline constexpr std::chrono::milliseconds log_timeout{60'000};
inline constexpr std::chrono::milliseconds catalog_timeout{10'000};
inline constexpr std::chrono::milliseconds offset_timeout{5'000};

/// Wait before something of the broker that was not there is tried again.
inline constexpr std::chrono::milliseconds service_retry{100};

/// Requests that wait while a coordinator starts; more are refused with
/// errc::busy.
inline constexpr std::size_t held_requests_max = 4096;

using tick_atom = caf::atom_constant<caf::atom("tick")>;
using load_atom = caf::atom_constant<caf::atom("load")>;
using list_atom = caf::atom_constant<caf::atom("list")>;
using start_atom = caf::atom_constant<caf::atom("start")>;
using retire_atom = caf::atom_constant<caf::atom("retire")>;

/// The coordinator of one group. At members_atom it looks which RocketMQ
/// members there are (the directory: with a group's name, passes it on). To
/// retire_atom it answers whether it has had nothing to do for idle_after, and
/// then ends.
using rebalance_coordinator_actor = group_membership_actor::extend<
  caf::reacts_to<std::vector<topic_info>>, caf::reacts_to<tick_atom>,
  caf::reacts_to<load_atom>, caf::reacts_to<list_atom>,
  caf::reacts_to<members_atom>, caf::replies_to<retire_atom>::with<bool>>;

using group_directory_actor =
  group_service_actor::extend<caf::reacts_to<retire_atom>,
                              caf::reacts_to<members_atom, std::string>,
                              caf::reacts_to<start_atom, std::string>>;

} // namespace apogee::groups
