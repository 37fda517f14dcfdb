#pragma once

#include <array>
#include <cstdint>
#include <string_view>

/// What clients say about themselves by name. Some send the place of the name
/// instead, so the order of each enumeration is the protocol's.
namespace apogee::remoting {

enum class consume_type : std::uint8_t {
  actively,  ///< the application pulls
  passively, ///< push
  pop,
};

inline constexpr std::array<std::string_view, 3> consume_type_names{
  "CONSUME_ACTIVELY", "CONSUME_PASSIVELY", "CONSUME_POP"};

enum class message_model : std::uint8_t { broadcasting, clustering };

inline constexpr std::array<std::string_view, 2> message_model_names{
  "BROADCASTING", "CLUSTERING"};

/// Where a group without an offset starts.
enum class consume_from : std::uint8_t {
  last_offset,
  last_offset_and_min_when_boot_first, ///< old; as last_offset
  min_offset,                          ///< old; as last_offset
  max_offset,                          ///< old; as last_offset
  first_offset,
  timestamp,
};

inline constexpr std::array<std::string_view, 6> consume_from_names{
  "CONSUME_FROM_LAST_OFFSET",
  "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST",
  "CONSUME_FROM_MIN_OFFSET",
  "CONSUME_FROM_MAX_OFFSET",
  "CONSUME_FROM_FIRST_OFFSET",
  "CONSUME_FROM_TIMESTAMP"};

enum class topic_filter_type : std::uint8_t { single_tag, multi_tag };

inline constexpr std::array<std::string_view, 2> topic_filter_type_names{
  "SINGLE_TAG", "MULTI_TAG"};

/// Who hands out the messages of a queue: its owner's pulls, or the broker.
enum class request_mode : std::uint8_t { pull, pop };

inline constexpr std::array<std::string_view, 2> request_mode_names{"PULL",
                                                                    "POP"};

template <class Enumeration, class Names>
constexpr std::string_view name_of(Enumeration x, const Names& names) {
  const auto index = static_cast<std::size_t>(x);
  return index < names.size() ? names[index] : names[0];
}

/// Name of a client's language code for tools. Codes from 13 on are "OTHER":
/// the tools of 4.9 fail on a name they do not know.
std::string_view language_name(std::uint8_t code);

} // namespace apogee::remoting
