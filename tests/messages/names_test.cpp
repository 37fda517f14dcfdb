#include "messages/names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apogee {

namespace {

std::string text_of(const result<void>& outcome) {
  return outcome ? "" : to_string(outcome.error());
}

} // namespace

TEST(Names, TakesAllLegalCharacters) {
  EXPECT_TRUE(check_topic_name("a-z_A-Z|0-9%"));
  EXPECT_TRUE(check_group_name("%x|y"));
}

TEST(Names, RefusesEmptyNames) {
  EXPECT_EQ(check_topic_name("").error().code, errc::illegal_name);
  EXPECT_EQ(check_group_name("").error().code, errc::illegal_name);
}

TEST(Names, KeepsTheLimitsOfRocketmq) {
  EXPECT_TRUE(check_topic_name(std::string(127, 'a')));
  EXPECT_FALSE(check_topic_name(std::string(128, 'a')));
  EXPECT_TRUE(check_group_name(std::string(120, 'a')));
  EXPECT_FALSE(check_group_name("CID_RMQ_SYS_SCHEDULE"));
  EXPECT_FALSE(check_group_name(std::string(121, 'a')));
}

TEST(Names, LetsTopicsOfAGroupBeLonger) {
  EXPECT_TRUE(check_topic_name("%RETRY%" + std::string(120, 'a')));
  EXPECT_TRUE(check_topic_name("%DLQ%" + std::string(250, 'a')));
  EXPECT_FALSE(check_topic_name("%DLQ%" + std::string(251, 'a')));
}

TEST(Names, SaysWhichNameIsIllegalWithoutRepeatingItsBytes) {
  EXPECT_EQ(text_of(check_topic_name("no spaces")),
            "illegal-name: topic 'no spaces' has characters in its name other "
            "than letters, digits, '%', '-', '_' and '|'");
  const auto text = text_of(check_group_name("\x1b[2J\xff"));
  EXPECT_NE(text.find("'?[2J?'"), std::string::npos) << text;
}

} // namespace apogee
