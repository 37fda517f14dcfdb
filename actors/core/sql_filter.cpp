#include "actors/core/sql_filter.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <functional>
#include <optional>

namespace apogee::core {

namespace {

using op = sql_operation;
using value_kind = sql_value::kind;

sql_truth truth_of(bool holds) {
  return holds ? sql_truth::yes : sql_truth::no;
}

/// Whether the order of two values is the one that is asked for.
bool holds(op operation, int order) {
  switch (operation) {
  case op::equal:
    return order == 0;
  case op::less:
    return order < 0;
  case op::less_or_equal:
    return order <= 0;
  case op::greater:
    return order > 0;
  default:
    return order >= 0;
  }
}

/// Two texts are ordered as the numbers that they are.
std::optional<int> compare_texts(std::string_view left,
                                 std::string_view right) {
  const auto first = java_double(left);
  const auto second = first ? java_double(right) : std::nullopt;
  if (!second)
    return std::nullopt;
  return compare_doubles(*first, *second);
}

bool is_negative(op operation) {
  return operation >= op::not_in;
}

/// One run of a program over the properties of one message.
class evaluation {
public:
  evaluation(const sql_program& program, property_lookup lookup)
    : program_(program), lookup_(lookup) {}

  sql_truth of(std::size_t node);

private:
  sql_truth of(const sql_operand& operand) { return of(operand.index); }

  sql_truth join(const sql_node& node, sql_truth decisive);
  sql_truth is_true(const sql_node& node);
  sql_truth is_null(const sql_node& node);
  sql_truth equal(const sql_node& node);
  sql_truth ordered(const sql_node& node);
  sql_truth is_in(const sql_node& node);
  sql_truth text_test(const sql_node& node);

  /// The value of an operand; nothing when it could not be computed.
  std::optional<sql_value> value(const sql_operand& operand);
  sql_value property(std::size_t index);

  const sql_program& program_;
  property_lookup lookup_;
  std::bitset<sql_names_max> is_known_;
  std::bitset<sql_names_max> is_there_;

  struct text {
    const char* data;
    std::size_t size;
  };

  // Left as it is until it is known: most expressions use a few.
  std::array<text, sql_names_max> properties_;
};

sql_truth evaluation::of(std::size_t index) {
  const auto& node = program_.nodes[index];
  switch (node.operation) {
  case op::both:
    return join(node, sql_truth::no);
  case op::either:
    return join(node, sql_truth::yes);
  case op::opposite: {
    const auto inner = of(node.left);
    return inner == sql_truth::yes  ? sql_truth::no
           : inner == sql_truth::no ? sql_truth::yes
                                    : inner;
  }
  case op::always_null:
    return of(node.left) == sql_truth::failed ? sql_truth::failed
                                              : sql_truth::unknown;
  case op::is_true:
    return is_true(node);
  case op::is_null:
    return is_null(node);
  case op::equal:
    return equal(node);
  case op::less:
  case op::less_or_equal:
  case op::greater:
  case op::greater_or_equal:
    return ordered(node);
  case op::in:
  case op::not_in:
    return is_in(node);
  default:
    return text_test(node);
  }
}

/// AND or OR: the decisive value of either side is the outcome. The right side
/// is left alone where the left one decides, and so are its failures.
sql_truth evaluation::join(const sql_node& node, sql_truth decisive) {
  const auto left = of(node.left);
  if (left == decisive || left == sql_truth::failed)
    return left;
  const auto right = of(node.right);
  if (right == decisive || right == sql_truth::failed)
    return right;
  return left == sql_truth::unknown ? left : right;
}

sql_truth evaluation::is_true(const sql_node& node) {
  const auto found = value(node.left);
  if (!found)
    return sql_truth::failed;
  if (found->type == value_kind::null)
    return sql_truth::unknown;
  return truth_of(found->type == value_kind::boolean && found->whole != 0);
}

sql_truth evaluation::is_null(const sql_node& node) {
  const auto found = value(node.left);
  return found ? truth_of(found->type == value_kind::null) : sql_truth::failed;
}

sql_truth evaluation::equal(const sql_node& node) {
  const auto left = value(node.left);
  const auto right = left ? value(node.right) : std::nullopt;
  if (!right)
    return sql_truth::failed;
  // Not symmetric, and two missing properties are equal: as the original.
  if (right->type == value_kind::null)
    return truth_of(left->type == value_kind::null);
  if (left->type == value_kind::null)
    return sql_truth::unknown;
  const auto order = compare(*left, *right);
  return order ? truth_of(holds(op::equal, *order)) : sql_truth::failed;
}

sql_truth evaluation::ordered(const sql_node& node) {
  const auto left = value(node.left);
  if (!left)
    return sql_truth::failed;
  if (left->type == value_kind::null)
    return sql_truth::unknown;
  const auto right = value(node.right);
  if (!right)
    return sql_truth::failed;
  if (right->type == value_kind::null)
    return sql_truth::unknown;
  const auto are_texts =
    left->type == value_kind::text && right->type == value_kind::text;
  const auto order =
    are_texts ? compare_texts(left->text, right->text) : compare(*left, *right);
  return order ? truth_of(holds(node.operation, *order)) : sql_truth::failed;
}

sql_truth evaluation::is_in(const sql_node& node) {
  const auto found = property(node.left.index);
  if (found.type == value_kind::null)
    return sql_truth::unknown;
  const auto& list = program_.lists[node.right.index];
  const auto is_listed =
    std::binary_search(list.begin(), list.end(), found.text, std::less<>{});
  return truth_of(is_listed != is_negative(node.operation));
}

/// CONTAINS and its like: no, whether with NOT or without, for what is no text
/// and for an empty part.
sql_truth evaluation::text_test(const sql_node& node) {
  const std::string_view part = program_.texts[node.right.index];
  if (part.empty())
    return sql_truth::no;
  const auto found = value(node.left);
  if (!found)
    return sql_truth::failed;
  if (found->type != value_kind::text)
    return sql_truth::no;
  auto is_found = false;
  switch (node.operation) {
  case op::contains:
  case op::not_contains:
    is_found = found->text.find(part) != std::string_view::npos;
    break;
  case op::starts_with:
  case op::not_starts_with:
    is_found = found->text.starts_with(part);
    break;
  default:
    is_found = found->text.ends_with(part);
  }
  return truth_of(is_found != is_negative(node.operation));
}

std::optional<sql_value> evaluation::value(const sql_operand& operand) {
  switch (operand.in) {
  case sql_operand::table::literals:
    return program_.literals[operand.index];
  case sql_operand::table::texts:
    return sql_value::of(std::string_view{program_.texts[operand.index]});
  case sql_operand::table::names:
    return property(operand.index);
  default:
    break;
  }
  const auto truth = of(operand);
  if (truth == sql_truth::failed)
    return std::nullopt;
  if (truth == sql_truth::unknown)
    return sql_value{};
  return sql_value::of(truth == sql_truth::yes);
}

sql_value evaluation::property(std::size_t index) {
  if (!is_known_[index]) {
    is_known_.set(index);
    if (const auto found = lookup_(program_.names[index])) {
      is_there_.set(index);
      properties_[index] = {found->data(), found->size()};
    }
  }
  if (!is_there_[index])
    return {};
  const auto& [data, size] = properties_[index];
  return sql_value::of(std::string_view{data, size});
}

} // namespace

result<sql_filter> sql_filter::compile(std::string_view text) {
  auto program = parse_sql(text);
  if (!program)
    return program.error();
  return sql_filter{std::move(*program)};
}

sql_truth sql_filter::evaluate(property_lookup lookup) const {
  return evaluation{program_, lookup}.of(program_.nodes.size() - 1);
}

} // namespace apogee::core
