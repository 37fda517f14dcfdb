#pragma once

#include "messages/errors.hpp"
#include "messages/remoting_bodies/data_version.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

enum class retry_policy_type : std::uint8_t { exponential, customized };

inline constexpr std::array<std::string_view, 2> retry_policy_type_names{
  "EXPONENTIAL", "CUSTOMIZED"};

/// Delays grow by a factor.
struct exponential_retries {
  std::int64_t initial_ms = 5'000;
  std::int64_t max_ms = 7'200'000;
  std::int64_t multiplier = 2;
};

/// One delay for each retry; the last one for all that follow.
struct customized_retries {
  std::vector<std::int64_t> delays_ms;
};

/// When a message that was not consumed comes again. Without delays of its own
/// a customized policy uses the broker's.
struct group_retry_policy {
  retry_policy_type type = retry_policy_type::customized;
  std::optional<exponential_retries> exponential;
  std::optional<customized_retries> customized;
};

struct subscription_group_config {
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
};

/// Code 200. What older tools do not send keeps its default.
result<subscription_group_config> parse_group_config(std::string_view body);

/// Code 225.
result<std::vector<subscription_group_config>>
parse_group_config_list(std::string_view body);

/// Answer of 352.
std::string write_group_config(const subscription_group_config& x);

/// Answer of 201.
std::string
write_group_config_table(const std::vector<subscription_group_config>& groups,
                         const data_version& version);

} // namespace apogee::remoting
