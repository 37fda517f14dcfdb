#include "nodes/cli/encoding.hpp"
#include "nodes/cli/group_view.hpp"
#include "nodes/cli/quantity_text.hpp"
#include "nodes/cli/start_point.hpp"
#include "nodes/cli/supervision_text.hpp"
#include "nodes/cli/table.hpp"
#include "nodes/cli/time_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace apogee::cli {
namespace {

class TextTable : public testing::Test {};

TEST_F(TextTable, IsAsWideAsItsWidestCells) {
  text_table table{{{"NAME"}, {"COUNT", text_table::side::right}, {"LAST"}}};
  table.add({"a", "1", "x"});
  table.add({"longer", "12345678", ""});
  EXPECT_EQ(table.text(), "NAME       COUNT  LAST\n"
                          "a              1  x\n"
                          "longer  12345678\n");
}

TEST_F(TextTable, CountsUtf8ByCharacter) {
  text_table table{{{"A"}, {"B"}}};
  table.add({"├─ ä", "1"});
  table.add({"abcd", "2"});
  EXPECT_EQ(table.text(), "A     B\n├─ ä  1\nabcd  2\n");
}

class GroupView : public testing::Test {
protected:
  static group_row row() {
    group_row out;
    group_member java;
    java.address = "10.0.0.1:5000";
    java.language = "JAVA";
    java.version = 495;
    java.subscriptions = {{"orders", "red"}, {"bills", "*"}};
    out.members["java"] = java;
    java.address = "10.0.0.2:5000";
    java.subscriptions["orders"] = "blue";
    out.members["other"] = java;
    out.members["native"].node = "node-1";
    out.queues.push_back({"orders", "b", 0, 3, 5, "java"});
    return out;
  }
};

TEST_F(GroupView, NamesTheTopicsOfWhichMembersWantDifferentThings) {
  EXPECT_EQ(row().differing_topics(), std::set<std::string>{"orders"});
  EXPECT_EQ(
    connections_text("g", row()),
    "group g: 3 members\n"
    "its members want different things of orders; the newest subscription "
    "counts\n"
    "MEMBER  ADDRESS        LANGUAGE  VERSION  TOPIC   SUBSCRIPTION\n"
    "java    10.0.0.1:5000  JAVA          495  bills   *\n"
    "java    10.0.0.1:5000  JAVA          495  orders  red\n"
    "native  node-1         native          -  -       -\n"
    "other   10.0.0.2:5000  JAVA          495  bills   *\n"
    "other   10.0.0.2:5000  JAVA          495  orders  blue\n");
}

TEST_F(GroupView, HasTheSameAsJson) {
  const auto json = nlohmann::json::parse(group_json("g", row()));
  EXPECT_EQ(json["lag"], 2);
  EXPECT_EQ(json["differingTopics"], nlohmann::json{"orders"});
  EXPECT_EQ(json["members"][0]["subscriptions"]["orders"], "red");
  EXPECT_EQ(json["members"][1]["native"], true);
  EXPECT_EQ(json["queues"][0]["member"], "java");
}

class Quantities : public testing::Test {};

TEST_F(Quantities, AreGroupedAndScaled) {
  EXPECT_EQ(count_text(7), "7");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(12345678), "12,345,678");
  EXPECT_EQ(size_text(512), "512 B");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(std::uint64_t{3} << 30), "3.0 GiB");
  EXPECT_EQ(duration_text(350), "350ms");
  EXPECT_EQ(duration_text(12'340), "12.3s");
  EXPECT_EQ(duration_text(307'000), "5m 07s");
  EXPECT_EQ(duration_text(12'000'000), "3h 20m");
  EXPECT_EQ(duration_text(100LL * 3600 * 1000), "4d 04h");
  EXPECT_EQ(latency_text(850), "850 ns");
  EXPECT_EQ(latency_text(91'234), "91.2 us");
  EXPECT_EQ(latency_text(3'412'345), "3.41 ms");
  EXPECT_EQ(rate_text(4120.4), "4,120");
}

class Times : public testing::Test {
protected:
  static std::int64_t read(std::string_view text) {
    const auto time = parse_time(text);
    EXPECT_TRUE(time) << text;
    return time ? *time : -1;
  }
};

TEST_F(Times, AreReadFromIsoAndFromMilliseconds) {
  EXPECT_EQ(read("1714566600250"), 1'714'566'600'250);
  EXPECT_EQ(read("1970-01-02"), 86'400'000);
  EXPECT_EQ(read("2024-05-01T12:30"), 1'714'566'600'000);
  EXPECT_EQ(read("2024-05-01 12:30:00.25"), 1'714'566'600'250);
  EXPECT_EQ(read("2024-05-01T12:30:00Z"), 1'714'566'600'000);
  EXPECT_EQ(read("2024-05-01T14:30:00+02:00"), 1'714'566'600'000);
  EXPECT_EQ(read("2024-05-01T07:30:00-0500"), 1'714'566'600'000);
}

TEST_F(Times, AreRefusedWhenTheyAreNone) {
  for (const auto* text :
       {"", "yesterday", "2024-13-01", "2023-02-29", "2024-05-01T25:00",
        "2024-05-01T12", "2024-05-01T12:30:00+2", "2024-05-01 12:30 x", "-5"}) {
    const auto time = parse_time(text);
    ASSERT_FALSE(time) << text;
    EXPECT_NE(time.error().text.find("2024-05-01T12:30:00Z"),
              std::string::npos);
  }
}

TEST_F(Times, SurviveWritingAndReading) {
  EXPECT_EQ(format_time(1'714'566'600'250), "2024-05-01T12:30:00.250Z");
  EXPECT_EQ(read(format_time(951'782'399'999)), 951'782'399'999);
}

TEST_F(Times, AndWordsAreStartPoints) {
  EXPECT_EQ(parse_start_point("earliest")->from, schema::StartFrom::EARLIEST);
  EXPECT_EQ(parse_start_point("latest")->from, schema::StartFrom::LATEST);
  EXPECT_EQ(parse_start_point("1970-01-02")->time_ms, 86'400'000);
  EXPECT_FALSE(parse_start_point("oldest"));
}

class Encoding : public testing::Test {};

TEST_F(Encoding, KnowsWellFormedUtf8) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("ascii, grün, €, \U0001F680"));
  EXPECT_FALSE(is_utf8("\xC0\x80"));         // longer than needed
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));     // a surrogate
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80")); // behind the last character
  EXPECT_FALSE(is_utf8("cut \xE2\x82"));
  EXPECT_FALSE(is_utf8("\xFF"));
  EXPECT_EQ(replace_invalid_utf8("a\xFFz"), "a\xEF\xBF\xBDz");
}

TEST_F(Encoding, WritesBase64WithPadding) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("\xFF\xFE\xFD\xFC"), "//79/A==");
}

class SupervisionText : public testing::Test {};

TEST_F(SupervisionText, DrawsTheTree) {
  const std::vector<tree_line> actors = {
    {"node", "supervisor", "running", 0, 1000, "one_for_one"},
    {"node/storage", "supervisor", "running", 1, 1000, "rest_for_one"},
    {"node/storage/flush", "worker", "running", 2, 51'000, ""},
    {"node/storage/views", "worker", "restarting", 0, 0, ""},
    {"node/storage/…", "more", "7 not listed", 0, 0, ""},
    {"node/door", "worker", "running", 0, 1000, ""}};
  EXPECT_EQ(tree_text(actors, 61'000),
            "ACTOR        STATE         RESTARTS  UP FOR  STRATEGY\n"
            "node         running              0  1m 00s  one_for_one\n"
            "├─ storage   running              1  1m 00s  rest_for_one\n"
            "│  ├─ flush  running              2   10.0s\n"
            "│  ├─ views  restarting           0       -\n"
            "│  └─ …      7 not listed\n"
            "└─ door      running              0  1m 00s\n");
}

TEST_F(SupervisionText, PutsAnEventOnOneLine) {
  const event_line event{4,       1'714'566'600'250,     "n", "node/storage",
                         "crash", "disk\nfull \x1b[31m", 2,   "restart"};
  EXPECT_EQ(event_text(event),
            "2024-05-01T12:30:00.250Z  crash     node/storage: disk full  [31m "
            "(restarts in the window: 2) -> restart");
}

} // namespace
} // namespace apogee::cli
