#include "messages/remoting_bodies/json_writer.hpp"
#include "messages/remoting_bodies/message_queue.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace apogee::remoting {

namespace {

std::string written(std::string_view text) {
  return write_body(text);
}

} // namespace

TEST(JsonWriter, SeparatesMembersAndElements) {
  EXPECT_EQ(
    write_map_body("a", 1, "b", std::vector<std::string>{"x", "y"}, "c",
                   std::map<std::string, bool>{{"k", true}, {"l", false}}),
    R"({"a":1,"b":["x","y"],"c":{"k":true,"l":false}})");
}

TEST(JsonWriter, LeavesOutWhatIsNotThere) {
  EXPECT_EQ(write_map_body("a", std::optional<int>{}, "b",
                           std::optional<int>{2}, "c", nullptr),
            R"({"b":2,"c":null})");
}

TEST(JsonWriter, QuotesNumbersThatAreKeys) {
  EXPECT_EQ(write_body(std::map<std::int32_t, std::int64_t>{{-1, 5}, {0, 7}}),
            R"({"-1":5,"0":7})");
}

TEST(JsonWriter, WritesStructsAsRawKeys) {
  const std::map<message_queue, std::int64_t> table{
    {{"T", "broker-a", 0}, 100}, {{"T", "broker-a", 1}, 200}};
  EXPECT_EQ(write_body(table),
            R"({{"brokerName":"broker-a","queueId":0,"topic":"T"}:100,)"
            R"({"brokerName":"broker-a","queueId":1,"topic":"T"}:200})");
}

TEST(JsonWriter, EscapesWhatJsonCannotHold) {
  EXPECT_EQ(written("\"\\/\b\f\n\r\t"), R"("\"\\/\b\f\n\r\t")");
  EXPECT_EQ(written(std::string_view{"\0\x1f\x7f", 3}),
            R"("\u0000\u001f\u007f")");
}

TEST(JsonWriter, KeepsCharactersBeyondAscii) {
  EXPECT_EQ(written("é€😀"), "\"é€😀\"");
}

TEST(JsonWriter, ReplacesWhatIsNotUtf8) {
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(written("\xFFz"), '"' + replacement + "z\"");
  EXPECT_EQ(written("\xC3"), '"' + replacement + '"');
  EXPECT_EQ(written("\xC0\x80"), '"' + replacement + replacement + '"');
  EXPECT_EQ(written("\xED\xA0\x80"), // half of a pair
            '"' + replacement + replacement + replacement + '"');
  EXPECT_EQ(written("\xF4\x90\x80\x80"), // beyond Unicode
            '"' + replacement + replacement + replacement + replacement + '"');
}

TEST(JsonWriter, WritesDecimalsWithAPoint) {
  EXPECT_EQ(write_body(0.0), "0.0");
  EXPECT_EQ(write_body(12.5), "12.5");
  EXPECT_EQ(write_body(3.0), "3.0");
  EXPECT_EQ(write_body(1e300), "1e+300");
  EXPECT_EQ(write_body(std::numeric_limits<double>::quiet_NaN()), "0.0");
  EXPECT_EQ(write_body(std::numeric_limits<double>::infinity()), "0.0");
}

TEST(JsonWriter, WritesWholeNumbersToTheirBounds) {
  EXPECT_EQ(write_body(std::numeric_limits<std::int64_t>::min()),
            "-9223372036854775808");
  EXPECT_EQ(write_body(std::numeric_limits<std::int64_t>::max()),
            "9223372036854775807");
}

} // namespace apogee::remoting
