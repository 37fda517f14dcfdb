#include "nodes/cli/message_format.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace apogee::cli {
namespace {

class MessageFormat : public testing::Test {
protected:
  MessageFormat() {
    msg.broker = "b0";
    msg.topic = "orders";
    msg.queue = 3;
    msg.offset = {42};
    msg.store_time_ms = 1'714'566'600'250;
    msg.tag = "new";
    msg.keys = {"k1", "k2"};
    msg.properties = {{"source", "web"}, {"empty", ""}};
    msg.body = "body";
  }

  std::string print(std::string_view text) const {
    const auto format = message_format::parse(text);
    EXPECT_TRUE(format) << text;
    std::string out;
    if (format)
      format->append(out, msg);
    return out;
  }

  nlohmann::json as_json() const {
    std::string out;
    append_json(out, msg);
    EXPECT_EQ(out.find('\n'), std::string::npos);
    return nlohmann::json::parse(out);
  }

  client::received_message msg;
};

TEST_F(MessageFormat, PrintsEveryPart) {
  EXPECT_EQ(print("%b\\n"), "body\n");
  EXPECT_EQ(print("%T/%B %q:%o [%k] <%t> {%p}%n"),
            "orders/b0 3:42 [k1 k2] <new> {source=web,empty=}\n");
  EXPECT_EQ(print("%s"), "2024-05-01T12:30:00.250Z");
  EXPECT_EQ(print("100%%\\t\\\\"), "100%\t\\");
  EXPECT_EQ(print(""), "");
}

TEST_F(MessageFormat, PrintsBytesAsTheyAre) {
  msg.body = std::string_view{"a\0\xFF\n", 4};
  EXPECT_EQ(print("%b"), msg.body);
}

TEST_F(MessageFormat, RefusesWhatMeansNothingAndTellsWhatDoes) {
  for (const auto* text : {"%x", "\\q", "50%", "end\\"}) {
    const auto format = message_format::parse(text);
    ASSERT_FALSE(format) << text;
    EXPECT_NE(format.error().text.find("%b body"), std::string::npos);
  }
}

TEST_F(MessageFormat, GivesTheWholeMessageAsJson) {
  const auto json = as_json();
  EXPECT_EQ(json["topic"], "orders");
  EXPECT_EQ(json["offset"], 42);
  EXPECT_EQ(json["keys"], (nlohmann::json{"k1", "k2"}));
  EXPECT_EQ(json["properties"]["source"], "web");
  EXPECT_EQ(json["body"], "body");
  EXPECT_FALSE(json.contains("bodyBase64"));
}

TEST_F(MessageFormat, GivesABodyThatIsNoTextInBase64) {
  msg.body = "\xFF\xFE";
  msg.tag = "\xFF";
  const auto json = as_json();
  EXPECT_EQ(json["bodyBase64"], "//4=");
  EXPECT_FALSE(json.contains("body"));
  EXPECT_EQ(json["tag"], "\xEF\xBF\xBD");
}

} // namespace
} // namespace apogee::cli
