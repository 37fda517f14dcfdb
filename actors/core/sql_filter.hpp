#pragma once

#include "actors/core/property_lookup.hpp"
#include "actors/core/sql_filter_program.hpp"
#include "messages/errors.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

namespace apogee::core {

/// What an expression is for one message.
enum class sql_truth : std::uint8_t {
  no,
  yes,
  unknown, ///< null: a property that it needs is missing
  failed,  ///< a value cannot be compared, such as price > 10 where price = 'x'
};

/// A condition on the properties of a message, in RocketMQ's subset of SQL92
/// (of version 5.5.0, oddities included):
///
///   =  <>  >  >=  <  <=  [NOT] BETWEEN … AND …  IS [NOT] NULL
///   [NOT] IN ('a', 'b')  [NOT] CONTAINS 'a'  [NOT] STARTSWITH 'a'
///   [NOT] ENDSWITH 'a'  NOT  AND  OR  ( )  TRUE  FALSE  NULL
///   'it''s'  12  12L  1.5  2E3  name  -- comment  /* comment */
///
/// Words may be written in any case, names may not: a letter, _ or $, and then
/// also digits. A property is a text; it becomes a number where it meets one,
/// and a comparison in which it cannot fails the whole expression, so that it
/// does not match, whatever stands around it. A whole number of the expression
/// takes whole numbers only: price > 10 fails for '10.5', price > 10.0 does
/// not. NOT binds to the one value behind it: write NOT (a = 1).
///
/// Differences from the original: text behind the expression is refused and not
/// ignored, the bounds of sql_filter_program.hpp hold, and digits of a property
/// are ASCII digits.
class sql_filter {
public:
  /// Fails with errc::invalid_argument and a text for the consumer's author:
  /// position 9: found "LIKE", expected …
  static result<sql_filter> compile(std::string_view text);

  /// Whether a message with these properties is wanted. Asks for a property
  /// when it is needed, and once; allocates nothing.
  bool matches(property_lookup lookup) const {
    return evaluate(lookup) == sql_truth::yes;
  }

  /// The same, and why not.
  sql_truth evaluate(property_lookup lookup) const;

private:
  explicit sql_filter(sql_program program) : program_(std::move(program)) {}

  sql_program program_;
};

} // namespace apogee::core
