#include "messages/names.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace apogee {

namespace {

constexpr std::string_view legal_characters =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%-_|";

constexpr std::array derived_prefixes = {retry_topic_prefix,
                                         dead_letter_topic_prefix};

constexpr std::array closed_topics{
  schedule_topic,
  std::string_view{"RMQ_SYS_TRANS_HALF_TOPIC"},
  std::string_view{"RMQ_SYS_TRANS_OP_HALF_TOPIC"},
  std::string_view{"TRANS_CHECK_MAX_TIME_TOPIC"},
  std::string_view{"SELF_TEST_TOPIC"},
  std::string_view{"OFFSET_MOVED_EVENT"},
};

/// The name as it may be printed: it is anybody's bytes, of any length.
std::string printable(std::string_view name) {
  constexpr std::size_t shown_bytes_max = 40;
  std::string text{name.substr(0, shown_bytes_max)};
  std::replace_if(
    text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return name.size() > shown_bytes_max ? text + "…" : text;
}

result<void> check(std::string_view kind, std::string_view name,
                   std::size_t bytes_max) {
  if (name.empty())
    return {errc::illegal_name, "the name of a " + std::string{kind}
                                  + " is empty; give it 1 to "
                                  + std::to_string(bytes_max) + " characters"};
  if (name.size() > bytes_max)
    return {errc::illegal_name,
            std::string{kind} + " '" + printable(name) + "' has a name of "
              + std::to_string(name.size()) + " bytes; at most "
              + std::to_string(bytes_max) + " are allowed"};
  if (name.find_first_not_of(legal_characters) != std::string_view::npos)
    return {errc::illegal_name,
            std::string{kind} + " '" + printable(name)
              + "' has characters in its name other than letters, digits, "
                "'%', '-', '_' and '|'"};
  return {};
}

} // namespace

std::string retry_topic(std::string_view group) {
  return std::string{retry_topic_prefix}.append(group);
}

std::string dead_letter_topic(std::string_view group) {
  return std::string{dead_letter_topic_prefix}.append(group);
}

bool is_closed_topic(std::string_view name) {
  return std::find(closed_topics.begin(), closed_topics.end(), name)
         != closed_topics.end();
}

result<void> check_topic_name(std::string_view name) {
  const bool derived = std::any_of(
    derived_prefixes.begin(), derived_prefixes.end(),
    [&](std::string_view prefix) { return name.starts_with(prefix); });
  return check("topic", name,
               derived ? derived_topic_name_bytes_max : topic_name_bytes_max);
}

result<void> check_group_name(std::string_view name) {
  if (name.starts_with(own_group_prefix))
    return {errc::illegal_name, "group '" + printable(name) + "': names with "
                                  + std::string{own_group_prefix}
                                  + " are the broker's own; choose another"};
  return check("group", name, group_name_bytes_max);
}

} // namespace apogee
