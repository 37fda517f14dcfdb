#include "messages/group_config.hpp"

namespace apogee {

namespace {

/// Enough for one segment, which a record has to be.
std::size_t words_of(const group_config& group) {
  constexpr std::size_t fixed_words = 32;
  constexpr std::size_t words_of_attribute = 2 + 2; // pointers, rounding
  auto bytes = group.name.size();
  auto words = fixed_words;
  for (const auto& [name, value] : group.attributes) {
    words += words_of_attribute;
    bytes += name.size() + value.size() + 2;
  }
  if (group.retry_policy.customized)
    words += group.retry_policy.customized->delays_ms.size();
  return words + bytes / sizeof(std::uint64_t);
}

} // namespace

envelope<schema::GroupConfig> encode_group_config(const group_config& group) {
  return envelope<schema::GroupConfig>::build(
    [&](schema::GroupConfig::Builder out) {
      out.setName(group.name);
      out.setDeleted(group.deleted);
      out.setOffsetsKept(group.keeps_offsets);
      out.setOrdered(group.is_ordered);
      out.setCreatedMs(group.created_ms);
      out.setConsumeEnable(group.can_consume);
      out.setConsumeFromMinEnable(group.can_consume_from_min);
      out.setConsumeBroadcastEnable(group.can_broadcast);
      out.setNotifyConsumerIdsChangedEnable(group.notifies_of_members);
      out.setRetryQueueNums(group.retry_queues);
      out.setRetryMaxTimes(group.retries_max);
      out.setBrokerId(group.broker_id);
      out.setWhichBrokerWhenConsumeSlowly(group.broker_id_when_slow);
      out.setGroupSysFlag(group.system_flag);
      out.setConsumeTimeoutMinute(group.consume_timeout_minutes);
      const auto& policy = group.retry_policy;
      out.setRetryPolicy(policy.type == retry_policy_type::exponential
                           ? schema::RetryPolicyType::EXPONENTIAL
                           : schema::RetryPolicyType::CUSTOMIZED);
      if (policy.exponential) {
        auto to = out.initExponential();
        to.setInitialMs(policy.exponential->initial_ms);
        to.setMaxMs(policy.exponential->max_ms);
        to.setMultiplier(policy.exponential->multiplier);
      }
      if (policy.customized) {
        const auto& delays = policy.customized->delays_ms;
        auto to = out.initCustomDelaysMs(static_cast<unsigned>(delays.size()));
        for (unsigned i = 0; i < to.size(); ++i)
          to.set(i, delays[i]);
      }
      auto attributes =
        out.initAttributes(static_cast<unsigned>(group.attributes.size()));
      unsigned next = 0;
      for (const auto& [name, value] : group.attributes) {
        attributes[next].setName(name);
        attributes[next++].setValue(value);
      }
    },
    words_of(group));
}

group_config decode_group_config(schema::GroupConfig::Reader in) {
  group_config out;
  out.name = in.getName();
  out.deleted = in.getDeleted();
  out.keeps_offsets = in.getOffsetsKept();
  out.is_ordered = in.getOrdered();
  out.created_ms = in.getCreatedMs();
  out.can_consume = in.getConsumeEnable();
  out.can_consume_from_min = in.getConsumeFromMinEnable();
  out.can_broadcast = in.getConsumeBroadcastEnable();
  out.notifies_of_members = in.getNotifyConsumerIdsChangedEnable();
  out.retry_queues = in.getRetryQueueNums();
  out.retries_max = in.getRetryMaxTimes();
  out.broker_id = in.getBrokerId();
  out.broker_id_when_slow = in.getWhichBrokerWhenConsumeSlowly();
  out.system_flag = in.getGroupSysFlag();
  out.consume_timeout_minutes = in.getConsumeTimeoutMinute();
  if (in.getRetryPolicy() == schema::RetryPolicyType::EXPONENTIAL)
    out.retry_policy.type = retry_policy_type::exponential;
  if (in.hasExponential()) {
    const auto from = in.getExponential();
    out.retry_policy.exponential = {from.getInitialMs(), from.getMaxMs(),
                                    from.getMultiplier()};
  }
  if (in.hasCustomDelaysMs()) {
    auto& custom = out.retry_policy.customized.emplace();
    for (const auto delay : in.getCustomDelaysMs())
      custom.delays_ms.push_back(delay);
  }
  for (const auto one : in.getAttributes())
    out.attributes.emplace(one.getName(), one.getValue());
  return out;
}

} // namespace apogee
