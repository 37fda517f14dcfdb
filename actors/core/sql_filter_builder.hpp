#pragma once

#include "actors/core/sql_filter_program.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::core {

/// A part of an expression that has been read, with what the checks want to
/// know about it: they ask for the original's classes, which are these.
struct sql_term {
  enum class kind : std::uint8_t {
    literal,       ///< a string, or a number without a sign
    truth_literal, ///< TRUE, FALSE, NULL
    property,
    condition,
    signed_value, ///< whatever stands behind a minus
  };

  kind type = kind::literal;
  sql_operand operand;
  std::string_view source; ///< where it stands in the expression
};

/// Makes a program of what the parser reads, and refuses what the original
/// refuses for its meaning: strings that are to be ordered, ranges that hold
/// nothing, conditions as numbers. Each function returns nothing when it
/// refuses; why() then tells the reason. `source` is the part of the expression
/// that the new term stands for.
class sql_builder {
public:
  using parsed = std::optional<sql_term>;

  /// `text` outlives the builder and the terms.
  explicit sql_builder(std::string_view text) : text_(text) {}

  // -- values -----------------------------------------------------------------
  parsed text(std::string_view source); ///< with its quotes
  parsed whole(std::string_view source);
  parsed real(std::string_view source);
  parsed truth(const sql_value& value, std::string_view source);
  parsed property(std::string_view source);
  parsed negative(const sql_term& value, std::string_view source);

  // -- conditions -------------------------------------------------------------
  parsed condition(const sql_term& value);
  parsed opposite(const sql_term& value, std::string_view source);
  parsed both(const sql_term& left, const sql_term& right,
              std::string_view source);
  parsed either(const sql_term& left, const sql_term& right,
                std::string_view source);
  parsed equal(const sql_term& left, const sql_term& right,
               std::string_view source);
  parsed is_null(const sql_term& value, std::string_view source);

  /// `order` is one of less … greater_or_equal.
  parsed ordered(sql_operation order, const sql_term& left,
                 const sql_term& right, std::string_view source);
  parsed between(const sql_term& value, const sql_term& low,
                 const sql_term& high, std::string_view source);
  parsed not_between(const sql_term& value, const sql_term& low,
                     const sql_term& high, std::string_view source);

  /// `test` is in or not_in; the values have their quotes.
  parsed in(sql_operation test, const sql_term& value,
            const std::vector<std::string_view>& values,
            std::string_view source);

  /// `test` is one of those of a text; `part` has its quotes.
  parsed text_test(sql_operation test, const sql_term& value,
                   std::string_view part, std::string_view source);

  // -- the outcome ------------------------------------------------------------
  /// Refuses the expression; returns nothing, for the caller to return.
  parsed refuse(std::string_view place, std::string_view expected);

  void refuse(const failure& why) { failure_ = why; }

  /// REQUIRES: something was refused.
  const failure& why() const { return *failure_; }

  sql_program take() { return std::move(program_); }

private:
  parsed number(const std::optional<sql_value>& value, std::string_view source);
  parsed add(sql_operation operation, const sql_operand& left,
             const sql_operand& right, std::string_view source);
  parsed join(sql_operation operation, const parsed& left, const parsed& right,
              std::string_view source);
  sql_operand add_literal(const sql_value& value);
  bool may_be_ordered(const sql_term& value);
  const sql_value& literal(const sql_term& value) const;

  std::string_view text_;
  sql_program program_;
  std::optional<failure> failure_;
};

} // namespace apogee::core
