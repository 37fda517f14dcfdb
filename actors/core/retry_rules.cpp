#include "actors/core/retry_rules.hpp"

#include "messages/remoting/properties.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace apogee::core {

namespace {

using std::chrono::milliseconds;

/// The first retry waits for as long as this level.
constexpr int first_retry_level = 3;

/// The group's own delays count from the broker's first level, as in RocketMQ:
/// their third one is the first retry's.
constexpr std::int32_t own_delay_first = 2;

/// More retries do not make a growing delay longer.
constexpr std::int32_t growing_retries_max = 32;

/// The group's own delay before its next retry; none: the broker's.
std::optional<milliseconds> own_delay(const group_retry_policy& policy,
                                      std::int32_t retries) {
  if (policy.type == retry_policy_type::customized) {
    if (!policy.customized || policy.customized->delays_ms.empty())
      return {};
    const auto& delays = policy.customized->delays_ms;
    const auto wanted = std::int64_t{std::max(retries, 0)} + own_delay_first;
    const auto last = static_cast<std::int64_t>(delays.size()) - 1;
    return milliseconds{
      delays[static_cast<std::size_t>(std::min(wanted, last))]};
  }
  const auto growing = policy.exponential.value_or(exponential_retries{});
  auto delay = growing.initial_ms;
  retries = std::min(retries, growing_retries_max);
  for (auto i = 0; i < retries && delay < growing.max_ms; ++i)
    if (growing.multiplier <= 1)
      break;
    else if (delay > growing.max_ms / growing.multiplier)
      delay = growing.max_ms;
    else
      delay *= growing.multiplier;
  return milliseconds{std::min(delay, growing.max_ms)};
}

} // namespace

retry_decision decide_send_back(const group_config& group,
                                std::int32_t reconsume_times, int delay_level,
                                std::optional<std::int32_t> retries_max,
                                const delay_levels& levels) {
  if (delay_level < 0
      || reconsume_times >= retries_max.value_or(group.retries_max))
    return {true, 0};
  if (delay_level > 0)
    return {false, levels.within(delay_level)};
  if (const auto own = own_delay(group.retry_policy, reconsume_times))
    return {false, levels.at_least(*own)};
  const auto retries = std::clamp(reconsume_times, 0, levels.count());
  return {false, levels.within(first_retry_level + retries)};
}

retry_decision decide_retry_send(const group_config& group,
                                 std::int32_t reconsume_times, int delay_level,
                                 std::optional<std::int32_t> retries_max,
                                 bool has_locks, const delay_levels& levels) {
  if (has_locks || reconsume_times > retries_max.value_or(group.retries_max))
    return {true, 0};
  return {false, levels.within(std::max(delay_level, 0))};
}

result<void> check_retry_policy(const group_retry_policy& policy) {
  if (const auto& growing = policy.exponential;
      growing
      && (growing->initial_ms < 1 || growing->max_ms < growing->initial_ms))
    return {errc::invalid_argument,
            "the delays of an exponential retry policy start at 1 ms or more "
            "and end where they start or later"};
  if (const auto& own = policy.customized;
      own
      && std::any_of(own->delays_ms.begin(), own->delays_ms.end(),
                     [](std::int64_t delay) { return delay < 0; }))
    return {errc::invalid_argument,
            "a delay of a customized retry policy is below 0 ms"};
  return {};
}

std::int32_t next_reconsume_times(std::int32_t reconsume_times) {
  return reconsume_times == std::numeric_limits<std::int32_t>::max()
           ? reconsume_times
           : reconsume_times + 1;
}

std::string sent_back_properties(std::string_view properties,
                                 std::string_view topic,
                                 std::string_view message_id) {
  namespace names = remoting::property_names;
  std::string out{properties};
  remoting::remove_property(out, names::delay_level);
  if (!remoting::find_property(out, names::retry_topic))
    remoting::append_property(out, names::retry_topic, topic);
  if (!remoting::find_property(out, names::origin_message_id))
    remoting::append_property(out, names::origin_message_id, message_id);
  return out;
}

std::string dead_letter_properties(std::string_view properties) {
  namespace names = remoting::property_names;
  std::string out{properties};
  const auto copy = [&](std::string_view from, std::string_view to) {
    remoting::remove_property(out, to);
    if (const auto value = remoting::find_property(properties, from))
      remoting::append_property(out, to, *value);
  };
  copy(names::retry_topic, names::dead_letter_origin_topic);
  copy(names::origin_message_id, names::dead_letter_origin_message_id);
  return out;
}

} // namespace apogee::core
