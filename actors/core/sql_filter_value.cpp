#include "actors/core/sql_filter_value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace apogee::core {

namespace {

using kind = sql_value::kind;

template <class Number>
int three_way(Number left, Number right) {
  return left < right ? -1 : static_cast<int>(right < left);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) {
                      return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
                    });
}

template <class Whole>
std::optional<Whole> java_whole(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  Whole number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc{} || stop != end)
    return std::nullopt;
  return number;
}

/// Infinity or 0, for a number that fits no double: its first digit that is not
/// 0 and its exponent tell which. `text` is a number's, unsigned.
double limit_of(std::string_view text, bool is_hex) {
  const auto mark =
    std::min(text.find_first_of(is_hex ? "pP" : "eE"), text.size());
  const auto mantissa = text.substr(0, mark);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  const auto first = mantissa.find_first_not_of("0.");
  if (first == std::string_view::npos)
    return 0;
  // A hexadecimal digit is worth four steps of its exponent.
  const std::int64_t magnitude =
    (static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first))
    * (is_hex ? 4 : 1);
  auto exponent = text.substr(std::min(mark + 1, text.size()));
  const auto is_negative = !exponent.empty() && exponent.front() == '-';
  if (!exponent.empty() && !is_digit(exponent.front()))
    exponent.remove_prefix(1);
  // Far beyond what a text of this size can make up for.
  constexpr std::int64_t huge = std::int64_t{1} << 50;
  std::int64_t power = 0;
  for (auto digit : exponent)
    power = std::min(huge, power * 10 + (digit - '0'));
  return (is_negative ? magnitude - power : magnitude + power) > 0
           ? std::numeric_limits<double>::infinity()
           : 0;
}

/// `text` has neither sign nor blanks.
std::optional<double> unsigned_double(std::string_view text) {
  if (text == "NaN")
    return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity")
    return std::numeric_limits<double>::infinity();
  const auto is_hex =
    text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  if (is_hex)
    text.remove_prefix(2);
  // from_chars knows words, too.
  const auto is_start = [&](char c) {
    return is_digit(c) || c == '.'
           || (is_hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
  };
  if (text.empty() || !is_start(text.front()))
    return std::nullopt;
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(
    text.data(), end, number,
    is_hex ? std::chars_format::hex : std::chars_format::general);
  if (problem == std::errc::invalid_argument)
    return std::nullopt;
  const auto size = static_cast<std::size_t>(stop - text.data());
  const auto suffix = text.substr(size);
  text = text.substr(0, size);
  if (is_hex && text.find_first_of("pP") == std::string_view::npos)
    return std::nullopt;
  if (suffix.size() > 1 || suffix.find_first_not_of("fFdD") != suffix.npos)
    return std::nullopt;
  return problem == std::errc{} ? number : limit_of(text, is_hex);
}

/// `text` as a value of another one's kind; nothing where it is not one.
std::optional<sql_value> converted(std::string_view text, kind to) {
  sql_value out{to, 0, 0, {}};
  if (to == kind::integer) {
    const auto number = java_integer(text);
    if (!number)
      return std::nullopt;
    out.whole = *number;
  } else if (to == kind::long_integer) {
    const auto number = java_long(text);
    if (!number)
      return std::nullopt;
    out.whole = *number;
  } else if (to == kind::real) {
    const auto number = java_double(text);
    if (!number)
      return std::nullopt;
    out.fraction = *number;
  } else {
    out.whole = equals_ignoring_case(text, "true") ? 1 : 0;
  }
  return out;
}

double as_double(const sql_value& number) {
  return number.type == kind::real ? number.fraction
                                   : static_cast<double>(number.whole);
}

} // namespace

sql_value sql_value::of(std::int64_t number) {
  const auto is_narrow = number >= std::numeric_limits<std::int32_t>::min()
                         && number <= std::numeric_limits<std::int32_t>::max();
  return {is_narrow ? kind::integer : kind::long_integer, number, 0, {}};
}

sql_value negated(const sql_value& number) {
  auto out = number;
  out.fraction = -number.fraction;
  // No literal has a minus, so the lowest number of a kind does not occur.
  out.whole = -number.whole;
  return out;
}

std::optional<int> compare(const sql_value& left, const sql_value& right) {
  if (left.type == kind::text && right.type == kind::text)
    return left.text.compare(right.text);
  if (left.type == kind::boolean && right.type == kind::text)
    return std::nullopt;
  if (left.type == kind::text) {
    const auto number = converted(left.text, right.type);
    return number ? compare(*number, right) : std::nullopt;
  }
  if (right.type == kind::text) {
    const auto number = converted(right.text, left.type);
    return number ? compare(left, *number) : std::nullopt;
  }
  if ((left.type == kind::boolean) != (right.type == kind::boolean))
    return -1;
  if (left.type == kind::real || right.type == kind::real)
    return compare_doubles(as_double(left), as_double(right));
  return three_way(left.whole, right.whole);
}

std::string_view java_trimmed(std::string_view text) {
  const auto is_blank = [](char c) {
    return static_cast<unsigned char>(c) <= 32;
  };
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

std::optional<std::int32_t> java_integer(std::string_view text) {
  return java_whole<std::int32_t>(text);
}

std::optional<std::int64_t> java_long(std::string_view text) {
  return java_whole<std::int64_t>(text);
}

std::optional<double> java_double(std::string_view text) {
  text = java_trimmed(text);
  const auto is_negative = !text.empty() && text.front() == '-';
  if (is_negative || (!text.empty() && text.front() == '+'))
    text.remove_prefix(1);
  const auto number = unsigned_double(text);
  if (!number)
    return std::nullopt;
  return is_negative ? -*number : *number;
}

int compare_doubles(double left, double right) {
  if (left < right)
    return -1;
  if (left > right)
    return 1;
  if (std::isnan(left) || std::isnan(right))
    return three_way(std::isnan(left), std::isnan(right));
  return three_way(std::signbit(right), std::signbit(left));
}

} // namespace apogee::core
