// What JSON headers may and may not hold, and how much they can cost.
#include "tests/messages/remoting/golden.hpp"
#include "tests/messages/remoting/remoting_test.hpp"

#include <limits>

namespace apogee::remoting {

namespace {

class JsonHeader : public remoting_test {
protected:
  /// The remark that this JSON string stands for.
  std::string text(std::string_view string) {
    return std::string{
      decode_json("{\"code\":1,\"remark\":" + std::string{string} + "}")
        .remark};
  }

  std::string why_not_text(std::string_view string) {
    return why_not("{\"code\":1,\"remark\":" + std::string{string} + "}");
  }
};

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i)
    all.append(text);
  return all;
}

} // namespace

TEST_F(JsonHeader, UnescapesStrings) {
  EXPECT_EQ(text(R"("a\"b\\c\/d\b\f\n\r\te")"), "a\"b\\c/d\b\f\n\r\te");
  EXPECT_EQ(text(R"("\u0001\u0002\u0041")"), "\1\2A");
  EXPECT_EQ(text(R"("\u0000")"), std::string(1, '\0'));
  EXPECT_EQ(text(R"("\u00e9\u00E9\u8ba2\u5355")"), "éé订单");
  EXPECT_EQ(text(R"("\ud83d\ude00 ok")"), "\xf0\x9f\x98\x80 ok");
}

TEST_F(JsonHeader, ReplacesHalvesOfCharacters) {
  const std::string mark = "\xef\xbf\xbd";
  EXPECT_EQ(text(R"("\ud83d")"), mark);
  EXPECT_EQ(text(R"("\ud83dx")"), mark + "x");
  EXPECT_EQ(text(R"("\ude00\ud83d")"), mark + mark);
  EXPECT_EQ(text(R"("\ud83d\u0041")"), mark + "A");
  EXPECT_EQ(text(R"("\ud83d\n")"), mark + "\n");
  EXPECT_EQ(text(R"("\ud83d\ud83d\ude00")"), mark + "\xf0\x9f\x98\x80");
}

TEST_F(JsonHeader, MayHoldRawCharactersOfAnyKind) {
  EXPECT_EQ(text("\"订单\1\2\t\x7f\xff\""), "订单\1\2\t\x7f\xff");
  EXPECT_EQ(text("\"\""), "");
}

TEST_F(JsonHeader, FindsTheEndOfStringsOfEveryLength) {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string plain(size, 'x');
    EXPECT_EQ(text("\"" + plain + "\""), plain);
    EXPECT_EQ(text("\"" + plain + "\\n\""), plain + "\n");
    EXPECT_EQ(text("\"\\n" + plain + "\""), "\n" + plain);
  }
}

TEST_F(JsonHeader, UnescapesKeysAsWell) {
  EXPECT_EQ(
    decode_json(R"({"\u0063ode":7,"extFields":{"\u0061":"1"}})").find("a"),
    "1");
}

TEST_F(JsonHeader, RefusesWrongEscapes) {
  for (const auto* string :
       {R"("\x41")", R"("\'")", R"("\u12")", R"("\u12g4")", R"("\u-123")",
        R"("\ud83d\u12")", R"("\)", R"("\")", R"("\u)", R"("abc)", R"(")"})
    EXPECT_NE(why_not_text(string), "") << string;
}

TEST_F(JsonHeader, RefusesWhatIsNoObject) {
  for (const auto* header : {"",
                             " ",
                             "null",
                             "[]",
                             "1",
                             "\"code\"",
                             "{",
                             "{\"code\"",
                             "{\"code\":",
                             "{\"code\":1",
                             "{\"code\":1,",
                             "{\"code\":1,}",
                             "{,}",
                             "{\"code\" 1}",
                             "{code:1}",
                             "{'code':1}",
                             "{\"code\":1}}",
                             "{\"code\":1} x",
                             "{\"code\":1}{\"code\":1}",
                             "{\"code\":1 \"flag\":1}"})
    EXPECT_NE(why_not(header), "") << header;
}

TEST_F(JsonHeader, RefusesWhatIsNoValue) {
  for (const auto* value :
       {"nul",   "nulll",      "True", "tru",    "-",    "+1",        "1.",
        ".5",    "1e",         "1e+",  "--1",    "0x10", "NaN",       "]",
        "}",     "[1,]",       "[,1]", "[1 2]",  "[1}",  "{\"a\":1]", "{\"a\"}",
        "{1:2}", "{\"a\":1,}", "[",    "{\"a\":"})
    EXPECT_NE(why_not("{\"code\":1,\"x\":" + std::string{value} + "}"), "")
      << value;
}

TEST_F(JsonHeader, RefusesNumbersThatAreNotWhole) {
  for (const auto* value : {"1.5", "1e3", "2147483648", "-2147483649", "true",
                            "\"x\"", "{}", "[]", "\"\""})
    EXPECT_NE(why_not("{\"code\":" + std::string{value} + "}"), "") << value;
  EXPECT_EQ(decode_json("{\"code\":-2147483648}").code,
            std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(decode_json("{\"code\":\"310\"}").code, 310);
}

TEST_F(JsonHeader, MustHaveACode) {
  EXPECT_EQ(why_not("{\"flag\":0}"),
            "malformed: a JSON header is wrong at byte 10: it has no code");
}

TEST_F(JsonHeader, MustHaveAnObjectAsExtFields) {
  for (const auto* value : {"[]", "1", "\"\"", "true", "{\"a\":}", "{\"a\":1"})
    EXPECT_NE(why_not("{\"code\":1,\"extFields\":" + std::string{value} + "}"),
              "")
      << value;
}

TEST_F(JsonHeader, IsRefusedWhenCutOffAnywhere) {
  const auto whole = golden::send_request_json.substr(8, 365);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(why_not(whole.substr(0, size)), "") << size;
  EXPECT_EQ(why_not(whole), "");
}

TEST_F(JsonHeader, IsRefusedWhenNestedTooDeeply) {
  const auto header = [](std::size_t depth) {
    return "{\"code\":1,\"x\":" + repeated("[", depth) + repeated("]", depth)
           + "}";
  };
  EXPECT_EQ(why_not(header(64)), "");
  EXPECT_EQ(why_not(header(65)),
            "malformed: a JSON header is wrong at byte 79: brackets are nested "
            "too deeply");
  EXPECT_NE(why_not(header(10'000)), "");
  EXPECT_NE(why_not("{\"code\":1,\"x\":" + repeated("{\"x\":", 10'000)), "");
  EXPECT_NE(why_not("{\"code\":1,\"x\":" + repeated("[", 1'000'000)), "");
  EXPECT_NE(why_not(repeated("{\"extFields\":", 10'000)), "");
}

TEST_F(JsonHeader, KeepsNestedExtFieldsAsTheyStand) {
  EXPECT_EQ(
    decode_json("{\"code\":1,\"extFields\":{\"a\":{\"b\":[1, 2]}}}").find("a"),
    "{\"b\":[1, 2]}");
}

TEST_F(JsonHeader, BoundsTheNumberOfExtFields) {
  const auto header = [](std::string_view field, std::size_t count) {
    return "{\"code\":1,\"extFields\":{" + repeated(field, count)
           + "\"z\":\"1\"}}";
  };
  EXPECT_EQ(why_not(header("\"a\":\"1\",", 1023)), "");
  EXPECT_NE(why_not(header("\"a\":\"1\",", 1024)), "");
  EXPECT_NE(why_not(header("\"a\":null,", 1024)), "");
  const auto twice = "{\"code\":1,"
                     + repeated("\"extFields\":{\"a\":null},", 1025)
                     + "\"flag\":0}";
  EXPECT_NE(why_not(twice), "");
}

TEST_F(JsonHeader, IsReadWhenItIsLarge) {
  const auto value = repeated("\\u0001x", 100'000);
  const auto& request =
    decode_json("{\"code\":1,\"extFields\":{\"a\":\"" + value + "\"}}");
  EXPECT_EQ(request.find("a")->size(), 200'000u);
  EXPECT_EQ(text(R"("a\nb")"), "a\nb");
}

} // namespace apogee::remoting
