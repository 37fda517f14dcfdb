#pragma once

#include "actors/answer.hpp"
#include "actors/broker/own_messages.hpp"
#include "actors/core/broker_statistics.hpp"
#include "actors/core/delay_levels.hpp"
#include "actors/core/retry_rules.hpp"
#include "actors/group_messages.hpp"
#include "actors/handle_provider.hpp"
#include "actors/special/retry_messages.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>
#include <memory>
#include <random>
#include <string>

namespace apogee::special {

struct retry_options {
  core::delay_levels levels;
  std::shared_ptr<core::broker_statistics> statistics;
  handle_provider<caf::actor> dispatcher;
  handle_provider<caf::actor> topic_catalog;
  handle_provider<group_catalog_actor> group_catalog;
  handle_provider<delay_service_actor> delay;
  /// Whether a group reads queues in order, under locks. Any thread.
  std::function<bool(const std::string& group)> has_locks;
};

/// Messages that a group did not consume: they come to it again through its
/// retry topic, later each time, and in the end they lie in its dead letters.
/// What is decided stands in core/retry_rules.hpp.
///
/// Fails with errc::unknown_group, not_found (no message stands there),
/// message_too_large (its properties leave no room), and what those answer who
/// store it. Scheduled; keeps nothing.
class retry_service {
public:
  retry_service(caf::event_based_actor* self, retry_options options);

  caf::behavior make_behavior();

private:
  struct asker;
  using waiting = std::shared_ptr<asker>;

  void take_back(const send_back& request);
  void take_sent(const retry_send& request);
  void with_group(const std::string& name, const waiting& reply,
                  std::function<void(const group_config&)> use);
  void store(const group_config& group, const core::retry_decision& decision,
             own_message message, ack_level ack, const waiting& reply);
  void append(const std::string& topic, std::uint32_t queue,
              std::uint32_t queues, const own_message& message, ack_level ack,
              const waiting& reply);
  std::uint32_t any_queue(const group_config& group);

  caf::event_based_actor* self_;
  retry_options options_;
  std::minstd_rand random_{std::random_device{}()};
};

} // namespace apogee::special
