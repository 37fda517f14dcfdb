#include "nodes/cli/table.hpp"

#include <algorithm>
#include <utility>

namespace apogee::cli {

namespace {

constexpr std::size_t gap = 2;

} // namespace

std::size_t text_width(std::string_view text) {
  return static_cast<std::size_t>(
    std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

text_table::text_table(std::vector<column> columns)
  : columns_(std::move(columns)) {}

void text_table::add(std::vector<std::string> row) {
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

std::string text_table::text() const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const auto& each : columns_) {
    titles.push_back(each.title);
    widths.push_back(text_width(each.title));
  }
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], text_width(row[i]));
  std::string out;
  const auto append = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0)
        out.append(gap, ' ');
      const auto blanks = widths[i] - text_width(row[i]);
      if (columns_[i].align == side::right)
        out.append(blanks, ' ').append(row[i]);
      else
        out.append(row[i]).append(blanks, ' ');
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  };
  append(titles);
  for (const auto& row : rows_)
    append(row);
  return out;
}

} // namespace apogee::cli
