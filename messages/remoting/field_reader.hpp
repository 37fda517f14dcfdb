#pragma once

#include "messages/errors.hpp"
#include "messages/remoting/command.hpp"

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>

namespace apogee::remoting {

/// Decimal text, nothing but it, within the type's range.
template <std::integral T>
bool parse_integer(std::string_view text, T& number) {
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

/// "true" in any case; every other text is false, as in RocketMQ.
bool parse_boolean(std::string_view text);

/// "the custom field <topic> is null", which RocketMQ's users know.
failure missing_field(std::string_view key);

/// errc::invalid_argument as well.
failure not_a_number(std::string_view key);

/// Reads the fields that a request must or may have. The first one that is
/// missing or wrong is remembered, so that a handler reads all it wants and
/// asks once:
///
///   field_reader fields{request};
///   const auto group = fields.text("consumerGroup");
///   const auto queue = fields.int32("queueId");
///   if (!fields.outcome()) …
///
/// Empty text instead of a number is as good as none.
class field_reader {
public:
  /// `from` has to outlive the reader.
  explicit field_reader(const command& from) : from_(from) {}

  // -- must be there; 0, false or empty when it is not ------------------------
  std::string_view text(std::string_view key);
  std::int32_t int32(std::string_view key);
  std::int64_t int64(std::string_view key);
  bool boolean(std::string_view key);

  // -- may be there -----------------------------------------------------------
  std::optional<std::string_view> optional_text(std::string_view key) const;
  std::optional<std::int32_t> optional_int32(std::string_view key);
  std::optional<std::int64_t> optional_int64(std::string_view key);
  bool boolean_or(std::string_view key, bool fallback) const;

  /// errc::invalid_argument with a text for the answer's remark.
  const result<void>& outcome() const { return outcome_; }

private:
  template <class T>
  std::optional<T> optional_integer(std::string_view key);

  template <class T>
  T integer(std::string_view key);

  void fail(failure why);

  const command& from_;
  result<void> outcome_;
};

} // namespace apogee::remoting
