#include "messages/remoting_bodies/group_config.hpp"

#include "messages/remoting_bodies/client_names.hpp"
#include "messages/remoting_bodies/json_fields.hpp"
#include "messages/remoting_bodies/json_writer.hpp"

#include <utility>

namespace apogee::remoting {

namespace {

struct group_config_list {
  std::vector<group_config> groups;
};

void read(json_fields& in, group_config_list& out) {
  in.read("groupConfigList", out.groups);
}

} // namespace

static void read(json_fields& in, exponential_retries& out) {
  in.read("initial", out.initial_ms);
  in.read("max", out.max_ms);
  in.read("multiplier", out.multiplier);
}

static void write(json_writer& out, const exponential_retries& x) {
  out.put_map("initial", x.initial_ms, "max", x.max_ms, "multiplier",
              x.multiplier);
}

static void read(json_fields& in, customized_retries& out) {
  in.read("next", out.delays_ms);
}

static void write(json_writer& out, const customized_retries& x) {
  out.put_map("next", x.delays_ms);
}

static void read(json_fields& in, group_retry_policy& out) {
  in.read("type", out.type, retry_policy_type_names);
  in.read("exponentialRetryPolicy", out.exponential);
  in.read("customizedRetryPolicy", out.customized);
}

static void write(json_writer& out, const group_retry_policy& x) {
  out.put_map("customizedRetryPolicy", x.customized, "exponentialRetryPolicy",
              x.exponential, "type", name_of(x.type, retry_policy_type_names));
}

static void read(json_fields& in, group_config& out) {
  in.require("groupName", out.name);
  in.read("consumeEnable", out.can_consume);
  in.read("consumeFromMinEnable", out.can_consume_from_min);
  in.read("consumeBroadcastEnable", out.can_broadcast);
  in.read("consumeMessageOrderly", out.is_ordered);
  in.read("notifyConsumerIdsChangedEnable", out.notifies_of_members);
  in.read("retryQueueNums", out.retry_queues);
  in.read("retryMaxTimes", out.retries_max);
  in.read("groupRetryPolicy", out.retry_policy);
  in.read("brokerId", out.broker_id);
  in.read("whichBrokerWhenConsumeSlowly", out.broker_id_when_slow);
  in.read("groupSysFlag", out.system_flag);
  in.read("consumeTimeoutMinute", out.consume_timeout_minutes);
  in.read("attributes", out.attributes);
}

static void write(json_writer& out, const group_config& x) {
  out.put_map("attributes", x.attributes, "brokerId", x.broker_id,
              "consumeBroadcastEnable", x.can_broadcast, "consumeEnable",
              x.can_consume, "consumeFromMinEnable", x.can_consume_from_min,
              "consumeMessageOrderly", x.is_ordered, "consumeTimeoutMinute",
              x.consume_timeout_minutes, "groupName", x.name,
              "groupRetryPolicy", x.retry_policy, "groupSysFlag", x.system_flag,
              "notifyConsumerIdsChangedEnable", x.notifies_of_members,
              "retryMaxTimes", x.retries_max, "retryQueueNums", x.retry_queues,
              "whichBrokerWhenConsumeSlowly", x.broker_id_when_slow);
}

result<group_config> parse_group_config(std::string_view body) {
  return parse_body<group_config>("group config", body);
}

result<std::vector<group_config>>
parse_group_config_list(std::string_view body) {
  auto list = parse_body<group_config_list>("group configs", body);
  if (!list)
    return list.error();
  return std::move(list->groups);
}

std::string write_group_config(const group_config& x) {
  return write_body(x);
}

std::string write_group_config_table(const std::vector<group_config>& groups,
                                     const data_version& version) {
  const auto table = [&](json_writer& out) {
    out.put_entries(groups, [&](const group_config& group) {
      out.put_member(group.name, group);
    });
  };
  const std::map<std::string, bool> forbidden;
  return write_map_body("dataVersion", version, "forbiddenTable", forbidden,
                        "subscriptionGroupTable", table);
}

} // namespace apogee::remoting
