#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace apogee::core {

/// A value while a filter is evaluated. What the original holds in objects of
/// Java's classes decides how two of them compare, so each class has its kind
/// here: a number of 32 bits differs from the same one of 64 bits in which
/// texts it can be compared with.
struct sql_value {
  enum class kind : std::uint8_t {
    null,
    boolean,
    integer,      ///< 32 bits
    long_integer, ///< 64 bits
    real,
    text,
  };

  static sql_value of(bool truth) { return {kind::boolean, truth, 0, {}}; }

  static sql_value of(double number) { return {kind::real, 0, number, {}}; }

  static sql_value of(std::string_view text) {
    return {kind::text, 0, 0, text};
  }

  /// The narrower kind, where the number fits.
  static sql_value of(std::int64_t number);

  bool is_number() const {
    return type == kind::integer || type == kind::long_integer
           || type == kind::real;
  }

  kind type = kind::null;
  std::int64_t whole = 0; ///< of the boolean and the whole kinds
  double fraction = 0;    ///< of kind real
  std::string_view text;  ///< of kind text; not owned
};

/// The number with its sign turned, which stays of its kind as Java's does.
/// REQUIRES: is_number().
sql_value negated(const sql_value& number);

/// Below 0, 0 or above 0, where the two can be compared: a text is turned into
/// what the other one is, by Java's rules for that. Nothing where it is not the
/// text of such a value, or where the left one is a truth value and the right
/// one a text (the original fails there). A truth value is below every number,
/// and every number is below a truth value. REQUIRES: neither is null.
std::optional<int> compare(const sql_value& left, const sql_value& right);

/// What Java's String.trim() leaves: neither blanks nor control characters at
/// the ends.
std::string_view java_trimmed(std::string_view text);

/// The number that `text` is to Java's Integer.valueOf() and Long.valueOf():
/// digits (ASCII ones only, which is less than Java takes) behind a sign or
/// none, and nothing else, also no blanks.
std::optional<std::int32_t> java_integer(std::string_view text);
std::optional<std::int64_t> java_long(std::string_view text);

/// The number that `text` is to Java's Double.valueOf(): blanks around it, NaN,
/// Infinity, hexadecimal fractions and a type suffix are legal; what is too
/// large is infinite, what is too small is 0.
std::optional<double> java_double(std::string_view text);

/// The order of Java's Double.compare(): -0 is below 0, NaN above all else.
int compare_doubles(double left, double right);

} // namespace apogee::core
