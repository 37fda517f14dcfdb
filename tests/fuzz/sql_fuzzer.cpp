// Arbitrary bytes as a filter and as properties to ask it for: an expression,
// and then, each behind a byte 1, name=value.
#include "actors/core/sql_filter.hpp"
#include "actors/core/subscription_filter.hpp"
#include "messages/record.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace apogee::core {

namespace {

using properties = std::map<std::string, std::string, std::less<>>;

/// The part of `text` before the first byte 1; both are removed.
std::string take_part(std::string_view& text) {
  const std::string part{text.substr(0, text.find('\1'))};
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

properties read_properties(std::string_view text) {
  properties out;
  while (!text.empty()) {
    const auto pair = take_part(text);
    const auto sign = pair.find('=');
    if (sign != std::string::npos)
      out[pair.substr(0, sign)] = pair.substr(sign + 1);
  }
  return out;
}

/// The outcome, for which no property is asked for twice.
sql_truth evaluate(const sql_filter& filter, const properties& given) {
  std::map<std::string, int, std::less<>> asked;
  return filter.evaluate(
    [&](std::string_view name) -> std::optional<std::string_view> {
      APOGEE_CHECK(++asked[std::string{name}] == 1);
      const auto found = given.find(name);
      if (found == given.end())
        return std::nullopt;
      return found->second;
    });
}

sql_truth opposite(sql_truth truth) {
  return truth == sql_truth::yes  ? sql_truth::no
         : truth == sql_truth::no ? sql_truth::yes
                                  : truth;
}

/// An expression that is taken has the opposite outcome behind a NOT, and the
/// same one joined with itself.
void check_sql(const std::string& text, const properties& given) {
  const auto filter = sql_filter::compile(text);
  if (!filter) {
    APOGEE_CHECK(filter.error().code == errc::invalid_argument
                 && filter.error().text.size() < 400);
    return;
  }
  const auto outcome = evaluate(*filter, given);
  APOGEE_CHECK(filter->matches(
                 [&](std::string_view name) -> std::optional<std::string_view> {
                   const auto found = given.find(name);
                   if (found == given.end())
                     return std::nullopt;
                   return found->second;
                 })
               == (outcome == sql_truth::yes));
  // Where two dashes stand, a line end further on decides if they are two
  // signs.
  if (text.find("--") != std::string::npos)
    return;
  if (const auto negated = sql_filter::compile("NOT (" + text + ")"))
    APOGEE_CHECK(evaluate(*negated, given) == opposite(outcome));
  if (const auto twice =
        sql_filter::compile("(" + text + ") AND (" + text + ")"))
    APOGEE_CHECK(evaluate(*twice, given) == outcome);
}

/// Where C reads a number of the same form, it is the same one.
void check_number(const std::string& text) {
  const auto number = java_double(text);
  if (text.find_first_not_of("0123456789.eE+-") != std::string::npos)
    return;
  char* end = nullptr;
  const auto expected = std::strtod(text.c_str(), &end);
  const auto is_number = !text.empty() && end == text.c_str() + text.size();
  APOGEE_CHECK(number.has_value() == is_number);
  APOGEE_CHECK(!is_number || compare_doubles(*number, expected) == 0);
}

/// What passes by its tag may match by its hash.
void check_tags(const std::string& text, const properties& given) {
  const auto filter = subscription_filter::parse(expression_type::tag, text);
  if (!filter)
    return;
  for (const auto& pair : given) {
    const auto& tag = pair.second;
    const auto passes = (*filter)->matches(
      [&](std::string_view) -> std::optional<std::string_view> { return tag; });
    APOGEE_CHECK(!passes || (*filter)->may_match(tag_hash(tag)));
  }
}

} // namespace

} // namespace apogee::core

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace apogee::core;
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  const auto text = take_part(rest);
  const auto given = read_properties(rest);
  check_sql(text, given);
  check_tags(text, given);
  for (const auto& pair : given)
    check_number(pair.second);
  return 0;
}
