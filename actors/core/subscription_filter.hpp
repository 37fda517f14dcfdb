#pragma once

#include "actors/core/property_lookup.hpp"
#include "actors/core/sql_filter.hpp"
#include "messages/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::core {

/// How a consumer says what it wants.
enum class expression_type : std::uint8_t { tag, sql92 };

/// The type that a consumer names: "TAG", or nothing, and "SQL92". Fails with
/// errc::not_supported for others.
result<expression_type> expression_type_of(std::string_view name);

/// What a consumer wants of a topic: everything, the messages with certain
/// tags, or those for which an expression holds. Never changes once parsed, so
/// any number of pulls may share one, in any thread.
///
/// Asked in two steps: may_match() takes what the index has of a message and
/// spares reading most of those that are not wanted; matches() needs the
/// message.
class subscription_filter {
public:
  using pointer = std::shared_ptr<const subscription_filter>;

  static constexpr std::size_t tags_bytes_max = 64u << 10;

  /// Tags are joined by || ("A || B", blanks do not count); "" and "*" mean
  /// everything. Fails with errc::invalid_argument where no tag is named, and
  /// where sql_filter refuses the expression.
  static result<pointer> parse(expression_type type, std::string_view text);

  /// The one that every message passes; the same object each time.
  static const pointer& everything();

  /// Whether this is what parse(type, text) returns.
  bool is(expression_type type, std::string_view text) const {
    return type == type_
           && (text == text_ || (text.empty() && is_everything()));
  }

  expression_type type() const { return type_; }

  /// As it was given; "*" for everything.
  const std::string& text() const { return text_; }

  /// Whether every message passes: neither test has to be made.
  bool is_everything() const { return !sql_ && tags_.empty(); }

  /// Whether a message whose tag has this hash (see tag_hash() in
  /// messages/record.hpp) can pass; no if it does not, yes if matches()
  /// decides.
  bool may_match(std::uint32_t tag_hash) const;

  /// Whether the message passes. Allocates nothing.
  bool matches(property_lookup lookup) const;

private:
  subscription_filter(expression_type type, std::string_view text)
    : type_(type), text_(text) {}

  result<void> parse_tags();

  expression_type type_;
  std::string text_;
  std::vector<std::string> tags_;         // sorted
  std::vector<std::uint32_t> tag_hashes_; // sorted
  std::optional<sql_filter> sql_;
};

} // namespace apogee::core
