#include "messages/remoting_bodies/json_document.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apogee::remoting {

namespace {

void append_shape(std::string& out, const json_node& x) {
  switch (x.kind) {
  case json_kind::null:
  case json_kind::boolean:
  case json_kind::number:
    out += x.text;
    return;
  case json_kind::text:
    out += '<';
    out += x.text;
    out += '>';
    return;
  case json_kind::list:
  case json_kind::map:
    out += x.kind == json_kind::map ? '{' : '[';
    for (const auto* i = first_in(x); i != end_of(x); i = end_of(*i)) {
      append_shape(out, *i);
      out += ' ';
    }
    out += x.kind == json_kind::map ? '}' : ']';
  }
}

/// What was read: texts in <>, a blank behind everything in a list or map.
std::string shape_of(std::string_view text) {
  auto document = read_json(text);
  if (!document)
    return document.error().text;
  std::string out;
  append_shape(out, document->root());
  return out;
}

} // namespace

TEST(JsonDocument, ReadsPlainJson) {
  EXPECT_EQ(shape_of(R"({"a":[1,-2.5e3,true,false,null],"b":{"c":"d"}})"),
            "{<a> [1 -2.5e3 true false null ] <b> {<c> <d> } }");
  EXPECT_EQ(shape_of("[]"), "[]");
  EXPECT_EQ(shape_of("{}"), "{}");
}

TEST(JsonDocument, PassesOverBlanksAndATrailingNewline) {
  EXPECT_EQ(shape_of(" {\r\n \"a\" :\t1 , 'b' : 2 }\n"), "{<a> 1 <b> 2 }");
}

TEST(JsonDocument, TakesKeysWithoutQuotes) {
  EXPECT_EQ(shape_of("{0:\"10.0.0.1:10911\",-1:2,name:3}"),
            "{<0> <10.0.0.1:10911> <-1> 2 <name> 3 }");
}

TEST(JsonDocument, TakesMapsAsKeys) {
  EXPECT_EQ(shape_of(R"({"t":{{"queueId":0}:100,{"queueId":1}:200}})"),
            "{<t> {{<queueId> 0 } 100 {<queueId> 1 } 200 } }");
}

TEST(JsonDocument, TakesSingleQuotes) {
  EXPECT_EQ(shape_of(R"({'a':'it "is"','b':'it\'s'})"),
            "{<a> <it \"is\"> <b> <it's> }");
}

TEST(JsonDocument, DecodesEscapes) {
  EXPECT_EQ(shape_of(R"(["\"\\\/\n\t\r","\u0041\u00e9\u20AC","a\u003cb"])"),
            "[<\"\\/\n\t\r> <A\xC3\xA9\xE2\x82\xAC> <a<b> ]");
}

TEST(JsonDocument, JoinsPairsAndReplacesHalves) {
  EXPECT_EQ(shape_of(R"(["\ud83d\ude00","\ud83d","\ude00x","\ud83d\u0041"])"),
            "[<\xF0\x9F\x98\x80> <\xEF\xBF\xBD> <\xEF\xBF\xBDx> "
            "<\xEF\xBF\xBD"
            "A> ]");
}

TEST(JsonDocument, SaysWhereItStopped) {
  EXPECT_EQ(shape_of(""), "byte 0: the body ends too early");
  EXPECT_EQ(shape_of("  "), "byte 2: the body ends too early");
  EXPECT_EQ(shape_of("{\"a\":}"), "byte 5: a value is wanted");
  EXPECT_EQ(shape_of("{\"a\" 1}"), "byte 5: ':' is wanted");
  EXPECT_EQ(shape_of("{\"a\":1;}"), "byte 6: ',' or '}' is wanted");
  EXPECT_EQ(shape_of("[1 2]"), "byte 3: ',' or ']' is wanted");
  EXPECT_EQ(shape_of("{,}"), "byte 1: a key is wanted");
  EXPECT_EQ(shape_of("[1,]"), "byte 3: a value is wanted");
  EXPECT_EQ(shape_of("{} {}"), "byte 3: something stands behind the document");
  EXPECT_EQ(shape_of(R"(["\q"])"), "byte 3: an unknown escape");
  EXPECT_EQ(shape_of(R"(["\u12g4"])"),
            "byte 4: \\u wants four hexadecimal digits");
}

TEST(JsonDocument, RefusesWhatIsNoNumber) {
  for (const auto* text : {"-", "1.", ".5", "1e", "1e+", "--1", "0x10", "NaN",
                           "tru", "nulll", "+1", "1.2.3"})
    EXPECT_FALSE(read_json(text)) << text;
}

TEST(JsonDocument, BoundsItsDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(read_json(nested(json_depth_max)));
  EXPECT_EQ(shape_of(nested(json_depth_max + 1)),
            "byte 64: nested deeper than 64");
}

TEST(JsonDocument, BoundsItsDepthInKeys) {
  EXPECT_EQ(shape_of(std::string(10'000, '{')),
            "byte 64: nested deeper than 64");
}

TEST(JsonDocument, BoundsItsValues) {
  std::string text = "[0";
  for (std::size_t i = 0; i < json_values_max; ++i)
    text += ",0";
  text += ']';
  EXPECT_EQ(read_json(text).error().code, errc::malformed);
}

} // namespace apogee::remoting
