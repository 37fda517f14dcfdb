#include "actors/core/sql_filter_lexer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace apogee::core {

namespace {

using kind = sql_token_kind;

constexpr auto npos = std::string_view::npos;

constexpr std::array<std::pair<std::string_view, kind>, 12> words{{
  {"not", kind::word_not},
  {"and", kind::word_and},
  {"or", kind::word_or},
  {"between", kind::word_between},
  {"in", kind::word_in},
  {"true", kind::word_true},
  {"false", kind::word_false},
  {"null", kind::word_null},
  {"is", kind::word_is},
  {"contains", kind::word_contains},
  {"startswith", kind::word_starts_with},
  {"endswith", kind::word_ends_with},
}};

// The longer of two with the same start comes first.
constexpr std::array<std::pair<std::string_view, kind>, 11> symbols{{
  {"<>", kind::not_equal},
  {"<=", kind::less_or_equal},
  {">=", kind::greater_or_equal},
  {"<", kind::less},
  {">", kind::greater},
  {"=", kind::equal},
  {"(", kind::left_parenthesis},
  {")", kind::right_parenthesis},
  {",", kind::comma},
  {"+", kind::plus},
  {"-", kind::minus},
}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool starts_name(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || c == '$';
}

std::size_t digits(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  return static_cast<std::size_t>(end - text.begin());
}

/// Size of an exponent such as E+10 at the start of `text`; 0: there is none.
std::size_t exponent(std::string_view text) {
  if (text.empty() || lower(text[0]) != 'e')
    return 0;
  const std::size_t sign =
    text.size() > 1 && (text[1] == '+' || text[1] == '-') ? 1 : 0;
  const auto count = digits(text.substr(1 + sign));
  return count == 0 ? 0 : 1 + sign + count;
}

/// Size of the number with a point or an exponent at the start; 0: none.
std::size_t real_size(std::string_view text) {
  const auto before = digits(text);
  auto size = before;
  if (size < text.size() && text[size] == '.') {
    const auto behind = digits(text.substr(size + 1));
    if (before + behind == 0)
      return 0;
    size += 1 + behind;
    return size + exponent(text.substr(size));
  }
  const auto power = before == 0 ? 0 : exponent(text.substr(size));
  return power == 0 ? 0 : size + power;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// The first `bytes_max` bytes of what was found, in whole characters, without
/// what a terminal would act on.
std::string excerpt(std::string_view found) {
  constexpr std::size_t bytes_max = 40;
  auto size = std::min(found.size(), bytes_max);
  while (size < found.size() && size > 0 && continues_character(found[size]))
    --size;
  std::string out{found.substr(0, size)};
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < 32 || c == 127)
      c = ' ';
  return out + (size < found.size() ? "..." : "");
}

} // namespace

failure sql_refusal(std::string_view text, std::string_view place,
                    std::string_view expected) {
  const auto before =
    text.substr(0, static_cast<std::size_t>(place.data() - text.data()));
  const auto position =
    1 + std::count_if(before.begin(), before.end(), [](char c) {
      return !continues_character(c);
    });
  auto out = "position " + std::to_string(position) + ": found ";
  out += place.empty() ? "the end" : "\"" + excerpt(place) + "\"";
  return {errc::invalid_argument, out + ", expected " + std::string{expected}};
}

result<sql_token> sql_lexer::next() {
  skip_blanks_and_comments();
  const auto left = rest();
  if (left.empty())
    return sql_token{kind::end, left};
  if (starts_name(left[0]))
    return word();
  if (left[0] == '\'')
    return text_literal();
  if (is_digit(left[0]) || left[0] == '.')
    return number();
  return symbol();
}

void sql_lexer::skip_blanks_and_comments() {
  while (at_ < text_.size()) {
    const auto left = rest();
    const auto blanks =
      std::min(left.find_first_not_of(" \t\n\r\f"), left.size());
    auto end = npos;
    if (blanks > 0) {
      end = blanks - 1;
    } else if (left.starts_with("--")) {
      end = left.find_first_of("\n\r");
    } else if (left.starts_with("/*")) {
      const auto close = left.find("*/", 2);
      end = close == npos ? npos : close + 1;
    }
    if (end == npos)
      return;
    at_ += end + 1;
  }
}

std::string_view sql_lexer::take(std::size_t size) {
  const auto taken = rest().substr(0, size);
  at_ += size;
  return taken;
}

result<sql_token> sql_lexer::text_literal() {
  const auto left = rest();
  auto quote = left.find('\'', 1);
  while (quote != npos && quote + 1 < left.size() && left[quote + 1] == '\'')
    quote = left.find('\'', quote + 2);
  if (quote == npos)
    return refusal(left, "a quote at the end of the string (a quote inside of "
                         "one is written twice)");
  return sql_token{kind::text, take(quote + 1)};
}

result<sql_token> sql_lexer::number() {
  const auto left = rest();
  if (const auto size = real_size(left); size > 0)
    return sql_token{kind::real, take(size)};
  if (left[0] == '.')
    return refusal(take(1), "a value, a property or a condition");
  // A leading 0 is a number of its own.
  auto size = left[0] == '0' ? 1 : digits(left);
  if (left[0] != '0' && size < left.size() && lower(left[size]) == 'l')
    ++size;
  return sql_token{kind::whole, take(size)};
}

result<sql_token> sql_lexer::symbol() {
  const auto left = rest();
  for (const auto& [spelling, token] : symbols)
    if (left.starts_with(spelling))
      return sql_token{token, take(spelling.size())};
  std::size_t size = 1;
  while (size < left.size() && continues_character(left[size]))
    ++size;
  return refusal(take(size), "a value, a property or an operator");
}

sql_token sql_lexer::word() {
  const auto left = rest();
  const auto end = std::find_if_not(left.begin(), left.end(), [](char c) {
    return starts_name(c) || is_digit(c);
  });
  const auto source = take(static_cast<std::size_t>(end - left.begin()));
  for (const auto& [spelling, token] : words)
    if (std::equal(source.begin(), source.end(), spelling.begin(),
                   spelling.end(),
                   [](char a, char b) { return lower(a) == b; }))
      return {token, source};
  return {kind::name, source};
}

failure sql_lexer::refusal(std::string_view place,
                           std::string_view expected) const {
  return sql_refusal(text_, place, expected);
}

} // namespace apogee::core
