#include "actors/core/topic_alteration.hpp"

#include "messages/names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace apogee::core {

namespace {

constexpr std::uint32_t queues_default = 8;

constexpr std::uint8_t permission_bits = 7;
constexpr std::uint8_t permission_read_write = 6;

constexpr std::string_view message_type = "message.type";
constexpr std::array message_types{
  std::string_view{"UNSPECIFIED"}, std::string_view{"MIXED"},
  std::string_view{"TRANSACTION"}, std::string_view{"PRIORITY"},
  std::string_view{"FIFO"},        std::string_view{"DELAY"},
  std::string_view{"LITE"},        std::string_view{"NORMAL"}};

result<void> check_queues(std::uint32_t count, std::uint32_t queues_max) {
  if (count > 0 && count <= queues_max)
    return {};
  return {errc::invalid_argument,
          "a topic has 1 to " + std::to_string(queues_max) + " queues, not "
            + std::to_string(count) + " (broker.queues-per-topic-max)"};
}

result<void> check_attribute(std::string_view name, std::string_view value) {
  if (name != message_type)
    return {errc::invalid_argument, "unsupported key: " + std::string{name}};
  if (std::find(message_types.begin(), message_types.end(), value)
      != message_types.end())
    return {};
  std::string names;
  for (const auto type : message_types)
    names += (names.empty() ? "" : ", ") + std::string{type};
  return {errc::invalid_argument, "value is not in set: [" + names + "]"};
}

} // namespace

topic_info new_topic(std::string name) {
  topic_info topic;
  topic.name = std::move(name);
  topic.write_queues = topic.read_queues = queues_default;
  return topic;
}

result<topic_info> alter(topic_info topic, const topic_wish& wish,
                         std::uint32_t queues_max) {
  if (auto legal = check_topic_name(topic.name); !legal)
    return legal.error();
  topic.write_queues = wish.write_queues.value_or(topic.write_queues);
  topic.read_queues = wish.read_queues.value_or(topic.read_queues);
  topic.permission = wish.permission.value_or(topic.permission);
  topic.system_flag = wish.system_flag.value_or(topic.system_flag);
  topic.is_ordered = wish.is_ordered.value_or(topic.is_ordered);
  for (const auto count : {topic.write_queues, topic.read_queues})
    if (auto allowed = check_queues(count, queues_max); !allowed)
      return allowed.error();
  if ((topic.permission & permission_read_write) == 0
      || (topic.permission & ~permission_bits) != 0)
    return {errc::invalid_argument,
            "a permission is 2 (write), 4 (read) or 6 (both), and 1 more when "
            "new topics may take it over, not "
              + std::to_string(topic.permission)};
  if (auto done = change_attributes(topic.attributes, wish.attribute_changes);
      !done)
    return done.error();
  topic.queues =
    std::max({topic.queues, topic.write_queues, topic.read_queues});
  return topic;
}

result<void> change_attributes(std::map<std::string, std::string>& attributes,
                               std::string_view changes) {
  auto changed = attributes;
  while (!changes.empty()) {
    const auto one = changes.substr(0, changes.find(','));
    changes.remove_prefix(std::min(one.size() + 1, changes.size()));
    const auto equals = one.find('=');
    const auto name = one.substr(0, equals);
    if (name.size() < 2 || (name[0] != '+' && name[0] != '-'))
      return {errc::invalid_argument, "attribute change '" + std::string{one}
                                        + "' is neither +name=value nor -name"};
    const std::string key{name.substr(1)};
    const auto is_set = name[0] == '+';
    const auto value =
      equals == std::string_view::npos ? "" : one.substr(equals + 1);
    if (auto known = check_attribute(
          key, is_set ? value : std::string_view{message_types.front()});
        !known)
      return known;
    if (is_set)
      changed[key] = value;
    else
      changed.erase(key);
  }
  attributes = std::move(changed);
  return {};
}

} // namespace apogee::core
