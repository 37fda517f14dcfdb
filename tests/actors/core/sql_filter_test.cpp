#include "actors/core/sql_filter.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace apogee::core {

namespace {

using namespace std::literals;

class SqlFilter : public testing::Test {
protected:
  /// Why `text` is refused; empty when it is not.
  static std::string refusal(std::string_view text) {
    const auto filter = sql_filter::compile(text);
    if (filter)
      return {};
    EXPECT_EQ(filter.error().code, errc::invalid_argument);
    return filter.error().text;
  }

  /// Whether `text` matches; the names that it asked for are noted.
  bool matches(std::string_view text) {
    asked.clear();
    const auto filter = sql_filter::compile(text);
    EXPECT_TRUE(filter) << refusal(text);
    return filter
           && filter->matches(
             [&](std::string_view name) -> std::optional<std::string_view> {
               asked.emplace_back(name);
               const auto found = properties.find(std::string{name});
               if (found == properties.end())
                 return std::nullopt;
               return found->second;
             });
  }

  static std::string repeated(std::string_view part, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
      out += part;
    return out;
  }

  std::map<std::string, std::string> properties{{"color", "blue"},
                                                {"price", "15"}};
  std::vector<std::string> asked;
};

TEST_F(SqlFilter, MatchesTheExampleOfTheManual) {
  const auto example = "color = 'blue' AND price BETWEEN 10 AND 20"sv;
  EXPECT_TRUE(matches(example));
  properties["price"] = "21";
  EXPECT_FALSE(matches(example));
}

TEST_F(SqlFilter, AsksForAPropertyOnce) {
  EXPECT_FALSE(matches("price > 20 OR price < 10 OR price <> price"));
  EXPECT_EQ(asked, std::vector{"price"s});
}

TEST_F(SqlFilter, AsksOnceForAPropertyThatIsMissing) {
  EXPECT_FALSE(matches("size > 20 OR size < 10"));
  EXPECT_EQ(asked, std::vector{"size"s});
}

TEST_F(SqlFilter, DoesNotAskForWhatCannotMatter) {
  EXPECT_FALSE(matches("color = 'red' AND price > 10"));
  EXPECT_EQ(asked, std::vector{"color"s});
  EXPECT_TRUE(matches("color = 'blue' OR price > 10"));
  EXPECT_EQ(asked, std::vector{"color"s});
}

TEST_F(SqlFilter, DoesNotMatchWhenAValueCannotBeCompared) {
  properties["price"] = "cheap";
  EXPECT_FALSE(matches("price > 10"));
  EXPECT_FALSE(matches("NOT (price > 10)"));
  EXPECT_FALSE(matches("price > 10 OR color = 'blue'"));
  EXPECT_TRUE(matches("color = 'blue' OR price > 10"));
}

TEST_F(SqlFilter, CanBeCopiedAndMoved) {
  auto filter = *sql_filter::compile("color IN ('blue') AND price > 1");
  const auto lookup =
    [&](std::string_view name) -> std::optional<std::string_view> {
    return properties[std::string{name}];
  };
  auto copy = filter;
  const auto moved = std::move(filter);
  EXPECT_TRUE(copy.matches(lookup));
  copy = moved;
  EXPECT_TRUE(copy.matches(lookup));
}

// -- what is said of an expression that is refused ----------------------------

TEST_F(SqlFilter, SaysWhereWhatWasFoundAndExpected) {
  EXPECT_EQ(refusal("color LIKE 'b%'"),
            "position 7: found \"LIKE\", expected AND, OR or the end");
  EXPECT_EQ(refusal("color ="), "position 8: found the end, expected a value, "
                                "a property, NOT or (");
  EXPECT_EQ(refusal(""), "position 1: found the end, expected a value, a "
                         "property, NOT or (");
  EXPECT_EQ(refusal("color IN (1)"),
            "position 11: found \"1\", expected a string in single quotes");
  EXPECT_EQ(refusal("a IS TRUE"),
            "position 6: found \"TRUE\", expected NULL or NOT NULL");
}

TEST_F(SqlFilter, SaysWhichOperandIsWrong) {
  EXPECT_EQ(refusal("price > 'x'"),
            "position 9: found \"'x'\", expected a number or a property "
            "(strings have no order)");
  EXPECT_EQ(refusal("(a = 1) > 2"), "position 1: found \"(a = 1)\", expected a "
                                    "number or a property");
  EXPECT_EQ(refusal("NOT a > 2"), "position 1: found \"NOT a\", expected a "
                                  "number or a property");
  EXPECT_EQ(refusal("a = NULL"),
            "position 5: found \"NULL\", expected a value (IS NULL asks "
            "whether there is one)");
  EXPECT_EQ(refusal("a BETWEEN 5 AND 3"),
            "position 11: found \"5\", expected a lower bound that is not "
            "above the upper one");
  EXPECT_EQ(refusal("a = 1 AND 'x'"),
            "position 11: found \"'x'\", expected a condition, such as a = 1");
}

TEST_F(SqlFilter, CountsCharactersNotBytes) {
  EXPECT_EQ(refusal("a = 'éé' é"), "position 10: found \"é\", expected a "
                                   "value, a property or an operator");
}

TEST_F(SqlFilter, ShowsNoMoreThanAnExcerptInWholeCharacters) {
  const auto text = refusal("a = 'x" + repeated("é", 100));
  EXPECT_NE(text.find("\"'x" + repeated("é", 19) + "...\""), std::string::npos)
    << text;
}

TEST_F(SqlFilter, ShowsNoControlCharacters) {
  EXPECT_EQ(refusal("\x1b"), "position 1: found \" \", expected a value, a "
                             "property or an operator");
  EXPECT_EQ(refusal("a = 'x\n"),
            "position 5: found \"'x \", expected a quote at the end of the "
            "string (a quote inside of one is written twice)");
}

// -- bounds -------------------------------------------------------------------

TEST_F(SqlFilter, TakesExpressionsOfTheLargestSizeOnly) {
  const auto start = "color = 'blue'"s;
  const auto largest =
    start + std::string(sql_text_bytes_max - start.size(), ' ');
  EXPECT_TRUE(matches(largest));
  EXPECT_EQ(refusal(largest + " "),
            "the expression has 65537 bytes; at most 65536 are allowed");
}

TEST_F(SqlFilter, TakesAThousandNodesOnly) {
  // 500 comparisons, and 499 that join them.
  const auto most = "price = 1" + repeated(" OR price = 1", 499);
  EXPECT_FALSE(matches(most));
  EXPECT_NE(refusal(most + " OR color").find("at most 1000 comparisons"),
            std::string::npos);
}

TEST_F(SqlFilter, TakesListsOfAnyLength) {
  const auto list = "color IN ('x'" + repeated(",'x'", 10'000) + ",'blue')";
  EXPECT_TRUE(matches(list));
}

TEST_F(SqlFilter, TakesTwoHundredLevelsOnly) {
  const auto nested = [](std::size_t levels) {
    return repeated("(", levels) + "TRUE" + repeated(")", levels);
  };
  EXPECT_TRUE(matches(nested(sql_depth_max)));
  EXPECT_EQ(refusal(nested(sql_depth_max + 1)),
            "position 201: found \"(\", expected at most 200 parentheses, "
            "signs and NOTs in each other");
  EXPECT_TRUE(matches(repeated("NOT ", sql_depth_max) + "TRUE"));
  EXPECT_NE(refusal(repeated("NOT ", sql_depth_max + 1) + "TRUE"), "");
  EXPECT_NE(refusal("price = " + repeated("-", sql_depth_max + 1) + "1"), "");
  EXPECT_NE(refusal(repeated("(", sql_text_bytes_max)), "");
}

TEST_F(SqlFilter, TakesTwoHundredAndFiftySixNamesOnly) {
  auto text = "a0 IS NULL"s;
  for (std::size_t i = 1; i < sql_names_max; ++i)
    text += " AND a" + std::to_string(i) + " IS NULL";
  EXPECT_TRUE(matches(text + " AND a0 IS NULL"));
  EXPECT_EQ(asked.size(), sql_names_max);
  EXPECT_NE(refusal(text + " AND b IS NULL").find("different properties"),
            std::string::npos);
}

} // namespace

} // namespace apogee::core
