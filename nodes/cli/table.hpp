#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::cli {

/// Characters that `text` takes on a terminal: UTF-8 counted by code point.
std::size_t text_width(std::string_view text);

/// Rows of text under a line of titles, each column as wide as its widest
/// cell. Numbers are easier to compare when they end at the same place.
class text_table {
public:
  enum class side { left, right };

  struct column {
    std::string title;
    side align = side::left;
  };

  explicit text_table(std::vector<column> columns);

  /// Missing cells are empty.
  void add(std::vector<std::string> row);

  bool is_empty() const { return rows_.empty(); }

  /// The table, each line ended with a newline and without trailing blanks.
  std::string text() const;

private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace apogee::cli
