#include "messages/remoting_bodies/settings_text.hpp"

#include <gtest/gtest.h>

namespace apogee::remoting {

namespace {

using settings = std::map<std::string, std::string>;

settings parsed(std::string_view text) {
  auto outcome = parse_settings(text);
  EXPECT_TRUE(outcome.has_value()) << text;
  return outcome ? *outcome : settings{};
}

} // namespace

TEST(SettingsText, ReadsWhatToolsSend) {
  EXPECT_EQ(parsed("brokerPermission=6\nnamesrvAddr=10.0.0.1:9876;b:9876\n"),
            (settings{{"brokerPermission", "6"},
                      {"namesrvAddr", "10.0.0.1:9876;b:9876"}}));
  EXPECT_EQ(parsed(""), settings{});
}

TEST(SettingsText, ReadsJavasProperties) {
  EXPECT_EQ(parsed("# comment = none\n  ! neither\n\n  a = 1 \r\nb:2\nc 3\n"
                   "d\ne==\nf = x\\\n   y\n\\ g\\=\\: = \\ h\ni=\\u00e9\\t\\q\n"
                   "a\t=\tlast"),
            (settings{{"a", "last"},
                      {"b", "2"},
                      {"c", "3"},
                      {"d", ""},
                      {"e", "="},
                      {"f", "xy"},
                      {" g=:", " h"},
                      {"i", "\xC3\xA9\tq"}}));
}

TEST(SettingsText, KeepsABlankAtTheEnd) {
  EXPECT_EQ(parsed("a = 1 \n"), (settings{{"a", "1 "}}));
}

TEST(SettingsText, DropsABackslashAtTheEnd) {
  EXPECT_EQ(parsed("a=1\\"), (settings{{"a", "1"}}));
  EXPECT_EQ(parsed("a=1\\\n"), (settings{{"a", "1"}}));
}

TEST(SettingsText, NamesTheLineOfAWrongEscape) {
  EXPECT_EQ(to_string(parse_settings("a=1\nb=\\u00g1").error()),
            "malformed: settings: line 2: \\u wants four hexadecimal digits");
}

TEST(SettingsText, WritesPlainTextAsItIs) {
  EXPECT_EQ(write_settings({{"brokerName", "broker-a"},
                            {"namesrvAddr", "10.0.0.1:9876;b:9876"},
                            {"path", "/a b/c"}}),
            "brokerName=broker-a\nnamesrvAddr=10.0.0.1:9876;b:9876\n"
            "path=/a b/c\n");
}

TEST(SettingsText, EscapesWhatWouldBeReadOtherwise) {
  const settings odd{{" a=b:c#!", " x\\\n\r\t\f"}, {"é", "😀\x01"}};
  EXPECT_EQ(write_settings(odd), "\\ a\\=b\\:c\\#\\!=\\ x\\\\\\n\\r\\t\\f\n"
                                 "\\u00e9=\\ud83d\\ude00\\u0001\n");
  EXPECT_EQ(parsed(write_settings(odd)), odd);
}

} // namespace apogee::remoting
