#include "actors/core/sql_filter_builder.hpp"

#include "actors/core/sql_filter_lexer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace apogee::core {

namespace {

using kind = sql_term::kind;
using op = sql_operation;
using parsed = sql_builder::parsed;
using table = sql_operand::table;

/// Index of what was added to `rows` last. It fits, for every entry has a
/// character of the text to itself.
template <class Rows>
std::uint16_t last_index(const Rows& rows) {
  static_assert(sql_text_bytes_max - 1
                <= std::numeric_limits<std::uint16_t>::max());
  return static_cast<std::uint16_t>(rows.size() - 1);
}

/// What stands between the quotes of `source`, where a quote is written twice.
std::string unquoted(std::string_view source) {
  std::string out;
  for (std::size_t i = 1; i + 1 < source.size(); ++i) {
    out += source[i];
    if (source[i] == '\'')
      ++i;
  }
  return out;
}

} // namespace

// -- values -------------------------------------------------------------------

parsed sql_builder::text(std::string_view source) {
  program_.texts.push_back(unquoted(source));
  return sql_term{
    kind::literal, {table::texts, last_index(program_.texts)}, source};
}

parsed sql_builder::whole(std::string_view source) {
  const auto has_suffix = source.back() == 'l' || source.back() == 'L';
  const auto value =
    java_long(source.substr(0, source.size() - (has_suffix ? 1 : 0)));
  if (!value)
    return refuse(source, "a whole number of at most 9223372036854775807");
  return sql_term{kind::literal, add_literal(sql_value::of(*value)), source};
}

parsed sql_builder::real(std::string_view source) {
  // The original refuses 0.0, as being below the smallest double.
  const auto value = java_double(source);
  if (!value || *value > std::numeric_limits<double>::max()
      || *value < std::numeric_limits<double>::denorm_min())
    return refuse(source, "a number from 4.9E-324 to 1.8E308 (zero is 0)");
  return sql_term{kind::literal, add_literal(sql_value::of(*value)), source};
}

parsed sql_builder::truth(const sql_value& value, std::string_view source) {
  return sql_term{kind::truth_literal, add_literal(value), source};
}

parsed sql_builder::property(std::string_view source) {
  auto& names = program_.names;
  const auto known = std::find(names.begin(), names.end(), source);
  const auto index = static_cast<std::uint16_t>(known - names.begin());
  if (known == names.end()) {
    if (names.size() == sql_names_max)
      return refuse(source, "at most " + std::to_string(sql_names_max)
                              + " different properties");
    names.emplace_back(source);
  }
  return sql_term{kind::property, {table::names, index}, source};
}

parsed sql_builder::negative(const sql_term& value, std::string_view source) {
  // A minus turns a number, and makes null of all else: so of a property, too,
  // for that is a text always.
  sql_operand operand;
  if (value.operand.in == table::literals && literal(value).is_number()) {
    operand = add_literal(negated(literal(value)));
  } else if (value.operand.in == table::nodes) {
    const auto test = add(op::always_null, value.operand, {}, source);
    if (!test)
      return std::nullopt;
    operand = test->operand;
  } else {
    operand = add_literal({});
  }
  return sql_term{kind::signed_value, operand, source};
}

// -- conditions ---------------------------------------------------------------

parsed sql_builder::condition(const sql_term& value) {
  switch (value.type) {
  case kind::condition:
    return value;
  case kind::truth_literal:
  case kind::property:
    return add(op::is_true, value.operand, {}, value.source);
  default:
    return refuse(value.source, "a condition, such as a = 1");
  }
}

parsed sql_builder::opposite(const sql_term& value, std::string_view source) {
  const auto test = condition(value);
  return test ? add(op::opposite, test->operand, {}, source) : std::nullopt;
}

parsed sql_builder::both(const sql_term& left, const sql_term& right,
                         std::string_view source) {
  return join(op::both, left, right, source);
}

parsed sql_builder::either(const sql_term& left, const sql_term& right,
                           std::string_view source) {
  return join(op::either, left, right, source);
}

parsed sql_builder::equal(const sql_term& left, const sql_term& right,
                          std::string_view source) {
  for (const auto* side : {&left, &right})
    if (side->type == kind::truth_literal
        && literal(*side).type == sql_value::kind::null)
      return refuse(side->source,
                    "a value (IS NULL asks whether there is one)");
  if (left.type == kind::truth_literal && right.type == kind::literal)
    return refuse(right.source, "TRUE, FALSE, a property or a condition");
  return add(op::equal, left.operand, right.operand, source);
}

parsed sql_builder::is_null(const sql_term& value, std::string_view source) {
  return add(op::is_null, value.operand, {}, source);
}

parsed sql_builder::ordered(op order, const sql_term& left,
                            const sql_term& right, std::string_view source) {
  if (!may_be_ordered(left) || !may_be_ordered(right))
    return std::nullopt;
  return add(order, left.operand, right.operand, source);
}

parsed sql_builder::between(const sql_term& value, const sql_term& low,
                            const sql_term& high, std::string_view source) {
  const auto first = ordered(op::greater_or_equal, value, low, source);
  const auto second =
    first ? ordered(op::less_or_equal, value, high, source) : std::nullopt;
  if (second && low.type == kind::literal && high.type == kind::literal
      && compare(literal(high), literal(low)).value_or(0) < 0)
    return refuse(low.source, "a lower bound that is not above the upper one");
  return join(op::both, first, second, source);
}

parsed sql_builder::not_between(const sql_term& value, const sql_term& low,
                                const sql_term& high, std::string_view source) {
  const auto first = ordered(op::less, value, low, source);
  const auto second =
    first ? ordered(op::greater, value, high, source) : std::nullopt;
  return join(op::either, first, second, source);
}

parsed sql_builder::in(op test, const sql_term& value,
                       const std::vector<std::string_view>& values,
                       std::string_view source) {
  if (value.type != kind::property)
    return refuse(value.source, "a property before IN");
  std::vector<std::string> list;
  list.reserve(values.size());
  for (auto quoted : values)
    list.push_back(unquoted(quoted));
  std::sort(list.begin(), list.end());
  program_.lists.push_back(std::move(list));
  return add(test, value.operand, {table::lists, last_index(program_.lists)},
             source);
}

parsed sql_builder::text_test(op test, const sql_term& value,
                              std::string_view part, std::string_view source) {
  program_.texts.push_back(unquoted(part));
  return add(test, value.operand, {table::texts, last_index(program_.texts)},
             source);
}

// -- the outcome --------------------------------------------------------------

parsed sql_builder::refuse(std::string_view place, std::string_view expected) {
  failure_ = sql_refusal(text_, place, expected);
  return std::nullopt;
}

parsed sql_builder::add(op operation, const sql_operand& left,
                        const sql_operand& right, std::string_view source) {
  if (program_.nodes.size() == sql_nodes_max)
    return refuse(source, "at most " + std::to_string(sql_nodes_max)
                            + " comparisons, tests and connections in all (IN "
                              "is shorter than = and OR)");
  program_.nodes.push_back({operation, left, right});
  return sql_term{
    kind::condition, {table::nodes, last_index(program_.nodes)}, source};
}

parsed sql_builder::join(op operation, const parsed& left, const parsed& right,
                         std::string_view source) {
  if (!left || !right)
    return std::nullopt;
  const auto first = condition(*left);
  const auto second = first ? condition(*right) : std::nullopt;
  return second ? add(operation, first->operand, second->operand, source)
                : std::nullopt;
}

sql_operand sql_builder::add_literal(const sql_value& value) {
  program_.literals.push_back(value);
  return {table::literals, last_index(program_.literals)};
}

/// Refuses the others.
bool sql_builder::may_be_ordered(const sql_term& value) {
  const auto is_text = value.operand.in == table::texts;
  if (value.type == kind::property || value.type == kind::signed_value
      || (value.type == kind::literal && !is_text))
    return true;
  refuse(value.source, is_text ? "a number or a property (strings have no "
                                 "order)"
                               : "a number or a property");
  return false;
}

/// REQUIRES: the operand is in the table of literals.
const sql_value& sql_builder::literal(const sql_term& value) const {
  return program_.literals[value.operand.index];
}

} // namespace apogee::core
