// Every line of sql_filter_oracle.txt, which RocketMQ 5.5.0 wrote: an
// expression, and what it is for each of the property sets at the top of the
// file. tests/interop/sql_oracle tells how it was made.
#include "actors/core/sql_filter.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace apogee::core {

namespace {

using properties = std::map<std::string, std::string, std::less<>>;

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
    case 'n':
      out += '\n';
      break;
    case 'r':
      out += '\r';
      break;
    case 't':
      out += '\t';
      break;
    case 'f':
      out += '\f';
      break;
    default:
      out += text[i];
    }
  }
  return out;
}

/// The pairs of a line, between tabs.
properties read_properties(std::string_view line) {
  properties out;
  while (!line.empty()) {
    const auto pair = line.substr(0, line.find('\t'));
    line.remove_prefix(std::min(pair.size() + 1, line.size()));
    const auto sign = pair.find('=');
    if (sign != std::string_view::npos)
      out.emplace(pair.substr(0, sign), unescaped(pair.substr(sign + 1)));
  }
  return out;
}

char letter(sql_truth truth) {
  switch (truth) {
  case sql_truth::no:
    return 'n';
  case sql_truth::yes:
    return 'y';
  case sql_truth::unknown:
    return 'u';
  default:
    return 'f';
  }
}

struct row {
  std::string expression;
  std::string outcome;
};

class SqlFilterOracle : public testing::Test {
protected:
  void SetUp() override {
    std::ifstream file{SQL_FILTER_ORACLE};
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("# ")) {
        sets.push_back(read_properties(std::string_view{line}.substr(2)));
        continue;
      }
      const auto tab = line.find('\t');
      ASSERT_NE(tab, std::string::npos) << line;
      rows.push_back({unescaped(line.substr(0, tab)), line.substr(tab + 1)});
    }
    ASSERT_GT(sets.size(), 100u);
    ASSERT_GT(rows.size(), 1000u);
  }

  /// What the table says of an expression, of ours.
  std::string outcome(const std::string& expression) {
    const auto filter = sql_filter::compile(expression);
    if (!filter)
      return "refused";
    std::string out;
    for (const auto& set : sets)
      out += letter(filter->evaluate(
        [&](std::string_view name) -> std::optional<std::string_view> {
          const auto found = set.find(name);
          if (found == set.end())
            return std::nullopt;
          return found->second;
        }));
    return out;
  }

  std::vector<properties> sets;
  std::vector<row> rows;
};

TEST_F(SqlFilterOracle, AgreesOnWhatIsRead) {
  for (const auto& [expression, expected] : rows)
    if (!expected.starts_with("ignored:")) {
      EXPECT_EQ(outcome(expression), expected) << expression;
    }
}

TEST_F(SqlFilterOracle, RefusesWhatTheOriginalLeavesUnreadButForAComment) {
  const std::string mark = "ignored:";
  for (const auto& [expression, expected] : rows) {
    if (!expected.starts_with(mark))
      continue;
    const auto found = outcome(expression);
    const auto is_comment =
      expression.find("--", expression.find_last_of("\n\r") + 1)
      != std::string::npos;
    if (found != "refused" || !is_comment) {
      EXPECT_EQ(found, is_comment ? expected.substr(mark.size()) : "refused")
        << expression;
    }
  }
}

} // namespace

} // namespace apogee::core
