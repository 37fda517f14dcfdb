#include "config/ini.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/deep_to_string.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace apogee::config {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Ini : public testing::Test {
protected:
  /// The only value of a file that has no problem.
  ini_value value(const std::string& written) {
    auto file = read_ini("[a]\nb = " + written + "\n");
    EXPECT_TRUE(file.problems.empty()) << file.problems.front().text;
    return file.entries.empty() ? ini_value{} : file.entries.front().value;
  }

  /// "line: text" of the first problem.
  std::string problem(const std::string& content) {
    auto file = read_ini(content);
    if (file.problems.empty())
      return "none";
    const auto& first = file.problems.front();
    return std::to_string(first.line) + ": " + first.text;
  }

  /// What CAF makes of a file.
  std::string by_caf(const std::string& content) {
    std::istringstream stream{content};
    auto parsed = caf::actor_system_config::parse_config(stream);
    return parsed ? caf::deep_to_string(*parsed) : "error";
  }
};

} // namespace

TEST_F(Ini, ReadsSectionsKeysAndLines) {
  auto file = read_ini("; hello\n[a]\nb = 1 ; one\n\n [c-d]\ne=2");
  ASSERT_EQ(file.entries.size(), 2U);
  EXPECT_EQ(file.entries[0].section, "a");
  EXPECT_EQ(file.entries[0].line, 3U);
  EXPECT_EQ(file.entries[1].section, "c-d");
  EXPECT_EQ(file.entries[1].key, "e");
  EXPECT_EQ(file.entries[1].line, 6U);
}

TEST_F(Ini, ReadsEveryFormOfValue) {
  EXPECT_EQ(value("12").form, ini_form::number);
  EXPECT_EQ(value("-12").form, ini_form::number);
  EXPECT_EQ(value("250ms").form, ini_form::duration);
  EXPECT_EQ(value("5min").form, ini_form::duration);
  EXPECT_EQ(value("true").form, ini_form::flag);
  EXPECT_EQ(value("'sharing'").form, ini_form::atom);
  EXPECT_EQ(value("\"a \\\"b\\\" ; c\"").text, "a \"b\" ; c");
  EXPECT_EQ(value("64MiB").form, ini_form::bare);
  EXPECT_EQ(value("010").form, ini_form::bare);
  EXPECT_EQ(value("1.5").form, ini_form::bare);
}

TEST_F(Ini, ReadsListsOverSeveralLines) {
  EXPECT_THAT(value("[]").items, ElementsAre());
  EXPECT_THAT(value("[\"a\", \"b\"]").items, ElementsAre("a", "b"));
  EXPECT_THAT(value("[ ; first\n  \"a\",\n  \"b\", ; last\n]").items,
              ElementsAre("a", "b"));
}

TEST_F(Ini, RefusesWhatCafRefuses) {
  EXPECT_EQ(problem("# x\n"), "1: '#' does not start a comment; use ';'");
  EXPECT_EQ(problem("[a]\nb = 1 # x\n"),
            "2: '#' does not start a comment; use ';'");
  EXPECT_THAT(problem("[a\nb = 1"), HasSubstr("1: missing ']'"));
  EXPECT_THAT(problem("[a]\nb"), HasSubstr("2: expected '=' after 'b'"));
  EXPECT_THAT(problem("[a]\nb = \"x\ny\""), HasSubstr("2: missing closing"));
  EXPECT_THAT(problem("[a]\nb = \"\\x\""), HasSubstr("2: unknown escape"));
  EXPECT_THAT(problem("[a]\r\nb = 1\r\n"), HasSubstr("1: carriage return"));
  EXPECT_THAT(problem("[a]\n?"), HasSubstr("2: expected '[section]'"));
}

TEST_F(Ini, RefusesWhatCafDropsOrReadsOtherwise) {
  EXPECT_THAT(problem("a { b = 1 }\n"), HasSubstr("write '[a]'"));
  EXPECT_THAT(problem("[a]\nb = { c = 1 }"), HasSubstr("cannot be a map"));
  EXPECT_THAT(problem("b = 1\n[a]\n"), HasSubstr("before the first [section]"));
  EXPECT_THAT(problem("[a]\nb = 1 c = 2"), HasSubstr("unexpected text"));
  EXPECT_THAT(problem("[a]\nb ="), HasSubstr("'b' has no value"));
  EXPECT_THAT(problem("[a]\nb = [1]"), HasSubstr("expected a text in quotes"));
  EXPECT_THAT(problem("[a]\nb = [\"x\""), HasSubstr("expected ',' or ']'"));
}

TEST_F(Ini, GoesOnAfterAProblem) {
  auto file = read_ini("# one\n[a]\nb {\n c = 1\n}\nd = ?\ne = \"\nf = 1\n");
  EXPECT_EQ(file.problems.size(), 3U);
  ASSERT_EQ(file.entries.size(), 2U);
  EXPECT_EQ(file.entries[1].key, "f");
  EXPECT_EQ(file.entries[1].line, 8U);
}

TEST_F(Ini, StopsAfterTooManyProblems) {
  std::string content;
  for (std::size_t i = 0; i < 2 * ini_problems_max; ++i)
    content += "#\n";
  EXPECT_EQ(read_ini(content).problems.size(), ini_problems_max);
}

TEST_F(Ini, MeansToCafWhatItMeansToUs) {
  auto content = "[a] ; one\nb = 12\nc = \"x\\ty\" ; two\n\n[d]\n"
                 "e = [\"f\", ; three\n\"g\"]\nh = 250ms\ni = true\n";
  EXPECT_TRUE(read_ini(content).problems.empty());
  EXPECT_EQ(by_caf(content), "{\"a\" = {\"b\" = 12, \"c\" = \"x\\ty\"}, "
                             "\"d\" = {\"e\" = [\"f\", \"g\"], \"h\" = 250ms, "
                             "\"i\" = true}}");
}

TEST_F(Ini, QuotesTextsSoThatTheyAreReadBack) {
  for (std::string text : {"", "plain", "a\"b\\c", "line\nbreak\ttab\r"})
    EXPECT_EQ(value(in_quotes(text)).text, text);
}

} // namespace apogee::config
