// Recursive descent, one function per level of RocketMQ's grammar. A level
// returns what it has read, or nothing once the builder has a reason to refuse.
#include "actors/core/sql_filter_builder.hpp"
#include "actors/core/sql_filter_lexer.hpp"

#include <optional>
#include <utility>

namespace apogee::core {

namespace {

using token_kind = sql_token_kind;
using op = sql_operation;

class sql_parser {
public:
  explicit sql_parser(std::string_view text)
    : text_(text), lexer_(text), builder_(text) {}

  result<sql_program> parse();

private:
  using parsed = sql_builder::parsed;
  using level = parsed (sql_parser::*)();

  // -- the levels of the grammar, the loosest first ---------------------------
  parsed disjunction();
  parsed conjunction();
  parsed equality();
  parsed comparison();
  parsed unary();
  parsed primary();

  // -- parts of the levels ----------------------------------------------------
  parsed equal(const sql_term& left);
  parsed null_test(const sql_term& left);
  parsed ordered(const sql_term& left);
  parsed test(const sql_term& left);
  parsed between(const sql_term& left, bool is_negative);
  parsed in(const sql_term& left, bool is_negative);
  parsed text_test(op test, const sql_term& left);
  parsed literal();

  // -- the tokens -------------------------------------------------------------
  /// Reads the next token and what `next` makes of it and what follows.
  parsed behind_token(level next);

  /// The same, for what counts as one more level of depth.
  parsed inside(level next);

  bool advance();
  bool take(token_kind kind, std::string_view expected);
  std::optional<std::string_view> take_text();

  bool is(token_kind kind) const { return token_.kind == kind; }

  std::string_view since(std::string_view first) const;

  std::string_view text_;
  sql_lexer lexer_;
  sql_builder builder_;
  sql_token token_;        // the next one
  std::string_view taken_; // the source of the one before
  std::size_t depth_ = 0;
};

result<sql_program> sql_parser::parse() {
  if (text_.size() > sql_text_bytes_max)
    return {errc::invalid_argument,
            "the expression has " + std::to_string(text_.size())
              + " bytes; at most " + std::to_string(sql_text_bytes_max)
              + " are allowed"};
  auto root = behind_token(&sql_parser::disjunction);
  if (root)
    root = builder_.condition(*root);
  // The original ignores whatever follows the expression. Of that, only a
  // comment in the last line does no harm.
  if (root && !is(token_kind::end)) {
    const auto at = token_.source.data() - text_.data();
    if (!text_.substr(static_cast<std::size_t>(at)).starts_with("--"))
      root = builder_.refuse(token_.source, "AND, OR or the end");
  }
  if (!root)
    return builder_.why();
  return builder_.take();
}

// -- the levels of the grammar, the loosest first -----------------------------

sql_parser::parsed sql_parser::disjunction() {
  auto left = conjunction();
  while (left && is(token_kind::word_or)) {
    const auto right = behind_token(&sql_parser::conjunction);
    left = right ? builder_.either(*left, *right, since(left->source))
                 : std::nullopt;
  }
  return left;
}

sql_parser::parsed sql_parser::conjunction() {
  auto left = equality();
  while (left && is(token_kind::word_and)) {
    const auto right = behind_token(&sql_parser::equality);
    left =
      right ? builder_.both(*left, *right, since(left->source)) : std::nullopt;
  }
  return left;
}

sql_parser::parsed sql_parser::equality() {
  auto left = comparison();
  while (left) {
    if (is(token_kind::equal) || is(token_kind::not_equal))
      left = equal(*left);
    else if (is(token_kind::word_is))
      left = null_test(*left);
    else
      return left;
  }
  return left;
}

sql_parser::parsed sql_parser::comparison() {
  auto left = unary();
  while (left) {
    switch (token_.kind) {
    case token_kind::less:
    case token_kind::less_or_equal:
    case token_kind::greater:
    case token_kind::greater_or_equal:
      left = ordered(*left);
      break;
    case token_kind::word_not:
    case token_kind::word_between:
    case token_kind::word_in:
    case token_kind::word_contains:
    case token_kind::word_starts_with:
    case token_kind::word_ends_with:
      left = test(*left);
      break;
    default:
      return left;
    }
  }
  return left;
}

sql_parser::parsed sql_parser::unary() {
  const auto first = token_;
  if (is(token_kind::plus))
    return inside(&sql_parser::unary);
  if (is(token_kind::minus)) {
    const auto value = inside(&sql_parser::unary);
    return value ? builder_.negative(*value, since(first.source))
                 : std::nullopt;
  }
  if (is(token_kind::word_not)) {
    const auto value = inside(&sql_parser::unary);
    return value ? builder_.opposite(*value, since(first.source))
                 : std::nullopt;
  }
  return primary();
}

sql_parser::parsed sql_parser::primary() {
  const auto first = token_;
  if (!is(token_kind::left_parenthesis)) {
    const auto value = literal();
    return value && advance() ? value : std::nullopt;
  }
  auto inner = inside(&sql_parser::disjunction);
  if (!inner || !take(token_kind::right_parenthesis, "an operator or )"))
    return std::nullopt;
  inner->source = since(first.source);
  return inner;
}

// -- parts of the levels ------------------------------------------------------

sql_parser::parsed sql_parser::equal(const sql_term& left) {
  const auto is_negative = is(token_kind::not_equal);
  const auto right = behind_token(&sql_parser::comparison);
  if (!right)
    return std::nullopt;
  const auto source = since(left.source);
  const auto test = builder_.equal(left, *right, source);
  return test && is_negative ? builder_.opposite(*test, source) : test;
}

sql_parser::parsed sql_parser::null_test(const sql_term& left) {
  if (!advance())
    return std::nullopt;
  const auto is_negative = is(token_kind::word_not);
  if (is_negative && !advance())
    return std::nullopt;
  if (!take(token_kind::word_null, is_negative ? "NULL" : "NULL or NOT NULL"))
    return std::nullopt;
  const auto source = since(left.source);
  const auto test = builder_.is_null(left, source);
  return test && is_negative ? builder_.opposite(*test, source) : test;
}

sql_parser::parsed sql_parser::ordered(const sql_term& left) {
  const auto order = is(token_kind::less)            ? op::less
                     : is(token_kind::less_or_equal) ? op::less_or_equal
                     : is(token_kind::greater)       ? op::greater
                                                     : op::greater_or_equal;
  const auto right = behind_token(&sql_parser::unary);
  return right ? builder_.ordered(order, left, *right, since(left.source))
               : std::nullopt;
}

sql_parser::parsed sql_parser::test(const sql_term& left) {
  const auto is_negative = is(token_kind::word_not);
  if (is_negative && !advance())
    return std::nullopt;
  switch (token_.kind) {
  case token_kind::word_between:
    return between(left, is_negative);
  case token_kind::word_in:
    return in(left, is_negative);
  case token_kind::word_contains:
    return text_test(is_negative ? op::not_contains : op::contains, left);
  case token_kind::word_starts_with:
    return text_test(is_negative ? op::not_starts_with : op::starts_with, left);
  case token_kind::word_ends_with:
    return text_test(is_negative ? op::not_ends_with : op::ends_with, left);
  default:
    return builder_.refuse(
      token_.source,
      "BETWEEN, IN, CONTAINS, STARTSWITH or ENDSWITH behind NOT");
  }
}

sql_parser::parsed sql_parser::between(const sql_term& left, bool is_negative) {
  const auto low = behind_token(&sql_parser::unary);
  if (!low || !take(token_kind::word_and, "AND and the upper bound"))
    return std::nullopt;
  const auto high = unary();
  if (!high)
    return std::nullopt;
  const auto source = since(left.source);
  return is_negative ? builder_.not_between(left, *low, *high, source)
                     : builder_.between(left, *low, *high, source);
}

sql_parser::parsed sql_parser::in(const sql_term& left, bool is_negative) {
  if (!advance()
      || !take(token_kind::left_parenthesis, "a list of strings in ( )"))
    return std::nullopt;
  std::vector<std::string_view> values;
  for (;;) {
    const auto value = take_text();
    if (!value)
      return std::nullopt;
    values.push_back(*value);
    if (!is(token_kind::comma))
      break;
    if (!advance())
      return std::nullopt;
  }
  if (!take(token_kind::right_parenthesis, "a comma or )"))
    return std::nullopt;
  return builder_.in(is_negative ? op::not_in : op::in, left, values,
                     since(left.source));
}

sql_parser::parsed sql_parser::text_test(op test, const sql_term& left) {
  const auto part = advance() ? take_text() : std::nullopt;
  return part ? builder_.text_test(test, left, *part, since(left.source))
              : std::nullopt;
}

/// What the next token stands for, which is not taken yet.
sql_parser::parsed sql_parser::literal() {
  const auto source = token_.source;
  switch (token_.kind) {
  case token_kind::text:
    return builder_.text(source);
  case token_kind::whole:
    return builder_.whole(source);
  case token_kind::real:
    return builder_.real(source);
  case token_kind::word_true:
    return builder_.truth(sql_value::of(true), source);
  case token_kind::word_false:
    return builder_.truth(sql_value::of(false), source);
  case token_kind::word_null:
    return builder_.truth({}, source);
  case token_kind::name:
    return builder_.property(source);
  default:
    return builder_.refuse(source, "a value, a property, NOT or (");
  }
}

// -- the tokens ---------------------------------------------------------------

sql_parser::parsed sql_parser::behind_token(level next) {
  return advance() ? (this->*next)() : std::nullopt;
}

sql_parser::parsed sql_parser::inside(level next) {
  if (depth_ == sql_depth_max)
    return builder_.refuse(token_.source,
                           "at most " + std::to_string(sql_depth_max)
                             + " parentheses, signs and NOTs in each other");
  ++depth_;
  const auto inner = behind_token(next);
  --depth_;
  return inner;
}

bool sql_parser::advance() {
  taken_ = token_.source;
  const auto next = lexer_.next();
  if (next)
    token_ = *next;
  else
    builder_.refuse(next.error());
  return next.has_value();
}

bool sql_parser::take(token_kind kind, std::string_view expected) {
  if (is(kind))
    return advance();
  builder_.refuse(token_.source, expected);
  return false;
}

std::optional<std::string_view> sql_parser::take_text() {
  const auto source = token_.source;
  if (!take(token_kind::text, "a string in single quotes"))
    return std::nullopt;
  return source;
}

/// The text from the start of `first` to the end of what was taken last.
std::string_view sql_parser::since(std::string_view first) const {
  const auto end = taken_.data() + taken_.size();
  return {first.data(), static_cast<std::size_t>(end - first.data())};
}

} // namespace

result<sql_program> parse_sql(std::string_view text) {
  return sql_parser{text}.parse();
}

} // namespace apogee::core
