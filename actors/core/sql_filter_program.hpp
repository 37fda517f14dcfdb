#pragma once

#include "actors/core/sql_filter_value.hpp"
#include "messages/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::core {

// Bounds of an expression. The original has none; what is beyond these takes
// more of the broker's time, or of its stack, than one consumer should get.
inline constexpr std::size_t sql_text_bytes_max = 64u << 10;
inline constexpr std::size_t sql_nodes_max = 1000;
inline constexpr std::size_t sql_depth_max = 200;
inline constexpr std::size_t sql_names_max = 256;

/// What a node does with its operands; each yields a truth value or none.
enum class sql_operation : std::uint8_t {
  both,
  either,
  opposite,
  is_true,     ///< a literal, or a property: those are texts, and never true
  always_null, ///< what the sign of a truth value makes of it
  is_null,
  equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  in,       ///< the right operand is a list
  contains, ///< here and below, the right operand is a text
  starts_with,
  ends_with,
  not_in,
  not_contains,
  not_starts_with,
  not_ends_with,
};

/// Where an operand is found: in which table of the program, and at what index.
struct sql_operand {
  enum class table : std::uint8_t { literals, names, texts, lists, nodes };

  table in = table::literals;
  std::uint16_t index = 0;
};

struct sql_node {
  sql_operation operation = sql_operation::is_true;
  sql_operand left;
  sql_operand right;
};

/// A compiled expression: a tree in an array, the operands of a node before it
/// and the root last.
struct sql_program {
  std::vector<sql_node> nodes;
  std::vector<sql_value> literals;             ///< all but texts
  std::vector<std::string> names;              ///< of properties, each once
  std::vector<std::string> texts;              ///< quotes removed
  std::vector<std::vector<std::string>> lists; ///< of IN, sorted
};

/// Compiles `text`, or fails with errc::invalid_argument and a text that says
/// at which character what was found and what was expected instead.
result<sql_program> parse_sql(std::string_view text);

} // namespace apogee::core
