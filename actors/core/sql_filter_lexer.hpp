#pragma once

#include "messages/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace apogee::core {

enum class sql_token_kind : std::uint8_t {
  end,
  name,
  text,  ///< with its quotes
  whole, ///< a number without fraction, perhaps with the suffix L
  real,
  left_parenthesis,
  right_parenthesis,
  comma,
  plus,
  minus,
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  // -- words, in any case -----------------------------------------------------
  word_not,
  word_and,
  word_or,
  word_between,
  word_in,
  word_true,
  word_false,
  word_null,
  word_is,
  word_contains,
  word_starts_with,
  word_ends_with,
};

/// A token, as it stands in the expression.
struct sql_token {
  sql_token_kind kind = sql_token_kind::end;
  std::string_view source;
};

/// Refuses the expression `text` because of what stands at `place`, a part of
/// it (an empty one at its end): position 7: found "x", expected y. Characters
/// are counted from 1.
failure sql_refusal(std::string_view text, std::string_view place,
                    std::string_view expected);

/// Cuts an expression into tokens, by the rules of RocketMQ's lexer: the
/// longest token wins, blanks and comments separate. A comment is what stands
/// between two dashes and the end of a line (a line that ends: two dashes in a
/// last line are two signs), or between a slash with a star and a star with a
/// slash.
class sql_lexer {
public:
  /// `text` outlives the lexer and the tokens.
  explicit sql_lexer(std::string_view text) : text_(text) {}

  /// The next token; `end` for ever once the text is used up. Fails with
  /// errc::invalid_argument at what is no token.
  result<sql_token> next();

private:
  void skip_blanks_and_comments();
  std::string_view take(std::size_t size);

  std::string_view rest() const { return text_.substr(at_); }

  result<sql_token> text_literal();
  result<sql_token> number();
  result<sql_token> symbol();
  sql_token word();
  failure refusal(std::string_view place, std::string_view expected) const;

  std::string_view text_;
  std::size_t at_ = 0;
};

} // namespace apogee::core
