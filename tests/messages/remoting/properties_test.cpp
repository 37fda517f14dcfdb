#include "messages/remoting/properties.hpp"

#include <gtest/gtest.h>

namespace apogee::remoting {

namespace {

std::string all_of(std::string_view properties) {
  std::string text;
  property found;
  while (next_property(properties, found))
    text.append(found.name).append("=").append(found.value).append(" ");
  return text;
}

std::string appended(std::string properties, std::string_view name,
                     std::string_view value) {
  append_property(properties, name, value);
  return properties;
}

std::string removed(std::string properties, std::string_view name) {
  remove_property(properties, name);
  return properties;
}

} // namespace

TEST(Properties, AreSeparatedWithOrWithoutALastMark) {
  EXPECT_EQ(all_of("KEYS\1k1 k2\2TAGS\1TagA\2"), "KEYS=k1 k2 TAGS=TagA ");
  EXPECT_EQ(all_of("KEYS\1k1 k2\2TAGS\1TagA"), "KEYS=k1 k2 TAGS=TagA ");
  EXPECT_EQ(all_of(""), "");
}

TEST(Properties, AreSplitAtTheFirstMark) {
  EXPECT_EQ(all_of("a\1b\1c\2"), "a=b\1c ");
}

TEST(Properties, WithoutNameOrValueArePassedOver) {
  EXPECT_EQ(all_of("\2\2a\1x\2\2b\2\1c\2d\1\2e\1y\2\2"), "a=x e=y ");
  EXPECT_EQ(all_of("\1"), "");
  EXPECT_EQ(all_of("\2"), "");
}

TEST(Properties, AreFoundByTheirWholeName) {
  const auto* properties = "KEYS\1k1\2TAGS\1TagA\2";
  EXPECT_EQ(find_property(properties, "KEYS"), "k1");
  EXPECT_EQ(find_property(properties, "TAGS"), "TagA");
  EXPECT_EQ(find_property(properties, "TAG"), std::nullopt);
  EXPECT_EQ(find_property(properties, "TAGSX"), std::nullopt);
  EXPECT_EQ(find_property(properties, "k1"), std::nullopt);
  EXPECT_EQ(find_property(properties, ""), std::nullopt);
  EXPECT_EQ(find_property("", "KEYS"), std::nullopt);
}

TEST(Properties, HaveTheirLastValue) {
  EXPECT_EQ(find_property("a\1x\2a\1y\2", "a"), "y");
  EXPECT_EQ(find_property("a\1x\2a\1\2", "a"), "x");
}

TEST(Properties, AreAppendedBehindAMark) {
  EXPECT_EQ(appended("", "a", "x"), "a\1x\2");
  EXPECT_EQ(appended("a\1x", "b", "y"), "a\1x\2b\1y\2");
  EXPECT_EQ(appended("a\1x\2", "b", "y"), "a\1x\2b\1y\2");
}

TEST(Properties, AreRemovedWithoutTouchingOthers) {
  EXPECT_EQ(removed("a\1x\2b\1y\2a\1z\2c\1w", "a"), "b\1y\2c\1w");
  EXPECT_EQ(removed("a\1x\2b\1y", "b"), "a\1x\2");
  EXPECT_EQ(removed("a\1x\2\2junk\2ab\1y", "b"), "a\1x\2\2junk\2ab\1y");
  EXPECT_EQ(removed("a\1\2", "a"), "");
  EXPECT_EQ(removed("", "a"), "");
}

} // namespace apogee::remoting
