#include "actors/core/subscription_filter.hpp"
#include "actors/core/subscription_filter_cache.hpp"
#include "messages/record.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace apogee::core {

namespace {

class SubscriptionFilter : public testing::Test {
protected:
  static subscription_filter::pointer tags(std::string_view text) {
    return *subscription_filter::parse(expression_type::tag, text);
  }

  static subscription_filter::pointer sql(std::string_view text) {
    return *subscription_filter::parse(expression_type::sql92, text);
  }

  static std::string refusal(expression_type type, std::string_view text) {
    const auto filter = subscription_filter::parse(type, text);
    return filter ? "" : filter.error().text;
  }

  /// Both tests, for a message with this tag ("" is none).
  static bool passes(const subscription_filter::pointer& filter,
                     const std::string& tag) {
    return filter->may_match(tag_hash(tag)) && matches(filter, tag);
  }

  static bool matches(const subscription_filter::pointer& filter,
                      const std::string& tag) {
    return filter->matches(
      [&](std::string_view name) -> std::optional<std::string_view> {
        if (name == "TAGS" && !tag.empty())
          return tag;
        if (name == "price")
          return "15";
        return std::nullopt;
      });
  }
};

TEST_F(SubscriptionFilter, LetsEverythingPassForAStarAndForNothing) {
  for (const auto* text : {"*", ""}) {
    const auto filter = tags(text);
    EXPECT_EQ(filter, subscription_filter::everything());
    EXPECT_TRUE(filter->is_everything());
    EXPECT_TRUE(filter->is(expression_type::tag, text));
    EXPECT_TRUE(passes(filter, "A"));
    EXPECT_TRUE(passes(filter, ""));
  }
}

TEST_F(SubscriptionFilter, LetsItsTagsPass) {
  const auto filter = tags("A || order-paid||  C\t");
  EXPECT_FALSE(filter->is_everything());
  EXPECT_TRUE(passes(filter, "A"));
  EXPECT_TRUE(passes(filter, "order-paid"));
  EXPECT_TRUE(passes(filter, "C"));
  EXPECT_FALSE(passes(filter, "B"));
  EXPECT_FALSE(passes(filter, "a"));
  EXPECT_FALSE(passes(filter, ""));
}

TEST_F(SubscriptionFilter, TellsTagsOfTheSameHashApartByTheirText) {
  const auto filter = tags("Aa");
  EXPECT_TRUE(filter->may_match(tag_hash("BB")));
  EXPECT_FALSE(matches(filter, "BB"));
  EXPECT_TRUE(matches(filter, "Aa"));
}

TEST_F(SubscriptionFilter, TakesAStarAmongTagsForATag) {
  EXPECT_TRUE(passes(tags("A || *"), "*"));
  EXPECT_FALSE(passes(tags("A || *"), "B"));
  EXPECT_FALSE(passes(tags("A | B"), "A"));
  EXPECT_TRUE(passes(tags("A ||| B"), "| B"));
}

TEST_F(SubscriptionFilter, RefusesAListWithoutTags) {
  for (const auto* text : {" ", "||", " || ", "||||"})
    EXPECT_EQ(refusal(expression_type::tag, text),
              "the list of tags names none: write A || B, or * for everything");
}

TEST_F(SubscriptionFilter, RefusesAListThatIsTooLong) {
  const std::string longest(subscription_filter::tags_bytes_max, 'a');
  EXPECT_EQ(refusal(expression_type::tag, longest), "");
  EXPECT_EQ(refusal(expression_type::tag, longest + "a"),
            "the list of tags has 65537 bytes; at most 65536 are allowed");
}

TEST_F(SubscriptionFilter, AsksTheMessageWhatAnExpressionWants) {
  const auto filter = sql("price > 10 AND TAGS = 'A'");
  EXPECT_FALSE(filter->is_everything());
  EXPECT_TRUE(filter->may_match(tag_hash("B")));
  EXPECT_TRUE(matches(filter, "A"));
  EXPECT_FALSE(matches(filter, "B"));
  EXPECT_FALSE(matches(filter, ""));
}

TEST_F(SubscriptionFilter, SaysWhyAnExpressionIsRefused) {
  EXPECT_EQ(refusal(expression_type::sql92, "price >"),
            "the SQL92 filter is refused: position 8: found the end, expected "
            "a value, a property, NOT or (");
  EXPECT_NE(refusal(expression_type::sql92, ""), "");
  EXPECT_NE(refusal(expression_type::sql92, "*"), "");
}

TEST_F(SubscriptionFilter, KnowsTheNamesOfItsTypes) {
  EXPECT_EQ(*expression_type_of(""), expression_type::tag);
  EXPECT_EQ(*expression_type_of("TAG"), expression_type::tag);
  EXPECT_EQ(*expression_type_of("SQL92"), expression_type::sql92);
  EXPECT_EQ(expression_type_of("sql92").error().text,
            "filters are of type TAG or SQL92, not 'sql92'");
}

class SubscriptionFilterCache : public testing::Test {
protected:
  subscription_filter::pointer find(const std::string& text) {
    return *cache.find(expression_type::tag, text);
  }

  subscription_filter_cache cache;
};

TEST_F(SubscriptionFilterCache, ParsesAnExpressionOnce) {
  const auto first = find("A");
  EXPECT_NE(find("B"), first);
  EXPECT_EQ(find("A"), first);
  EXPECT_EQ(cache.size(), 2u);
}

TEST_F(SubscriptionFilterCache, TellsTypesApart) {
  const auto tag = find("A");
  const auto sql = *cache.find(expression_type::sql92, "A");
  EXPECT_NE(sql, tag);
  EXPECT_EQ(sql->type(), expression_type::sql92);
}

TEST_F(SubscriptionFilterCache, HoldsEverythingOnce) {
  EXPECT_EQ(find(""), find("*"));
  EXPECT_EQ(find(""), find(""));
  EXPECT_EQ(cache.size(), 1u);
}

TEST_F(SubscriptionFilterCache, ForgetsTheOneUsedLeastRecently) {
  const auto first = find("0");
  for (std::size_t i = 1; i < subscription_filter_cache::filters_max; ++i)
    find(std::to_string(i));
  EXPECT_EQ(find("0"), first);
  find("one more");
  EXPECT_EQ(cache.size(), subscription_filter_cache::filters_max);
  EXPECT_EQ(find("0"), first);
}

TEST_F(SubscriptionFilterCache, HoldsNothingThatIsRefused) {
  EXPECT_FALSE(cache.find(expression_type::sql92, "price >"));
  EXPECT_EQ(cache.size(), 0u);
}

} // namespace

} // namespace apogee::core
