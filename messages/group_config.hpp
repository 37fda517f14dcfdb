#pragma once

#include "messages/envelope.hpp"
#include "messages/log.capnp.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace apogee {

enum class retry_policy_type : std::uint8_t { exponential, customized };

/// Delays grow by a factor.
struct exponential_retries {
  std::int64_t initial_ms = 5'000;
  std::int64_t max_ms = 7'200'000;
  std::int64_t multiplier = 2;

  bool operator==(const exponential_retries&) const = default;
};

/// One delay for each retry; the last one for all that follow.
struct customized_retries {
  std::vector<std::int64_t> delays_ms;

  bool operator==(const customized_retries&) const = default;
};

/// When a message that was not consumed comes again. Without delays of its own
/// a customized policy uses the broker's.
struct group_retry_policy {
  retry_policy_type type = retry_policy_type::customized;
  std::optional<exponential_retries> exponential;
  std::optional<customized_retries> customized;

  bool operator==(const group_retry_policy&) const = default;
};

/// A consumer group as its broker knows it: RocketMQ's subscription group
/// config. `deleted` ends it, with its offsets unless they are kept.
struct group_config {
  std::string name;
  bool can_consume = true;
  bool can_consume_from_min = true;
  bool can_broadcast = true;
  bool is_ordered = false;
  bool notifies_of_members = true; ///< code 40 when members come and go
  std::int32_t retry_queues = 1;
  std::int32_t retries_max = 16;
  group_retry_policy retry_policy;
  std::int64_t broker_id = 0;
  std::int64_t broker_id_when_slow = 1;
  std::int32_t system_flag = 0;
  std::int32_t consume_timeout_minutes = 15;
  std::map<std::string, std::string> attributes;
  bool deleted = false;
  bool keeps_offsets = false; ///< of one that is deleted
  std::int64_t created_ms = 0;

  bool operator==(const group_config&) const = default;
};

/// The body of a group_config record, and back.
envelope<schema::GroupConfig> encode_group_config(const group_config& group);
group_config decode_group_config(schema::GroupConfig::Reader in);

} // namespace apogee
