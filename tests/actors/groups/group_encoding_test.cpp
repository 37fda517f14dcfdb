#include "actors/groups/group_encoding.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apogee::groups {

namespace {

envelope<schema::JoinRequest>
joining(const std::string& id, schema::StartFrom from = schema::StartFrom::TIME,
        std::int64_t time_ms = 77) {
  return envelope<schema::JoinRequest>::build([&](auto out) {
    out.setGroup("g");
    out.setMemberId(id);
    out.initTopics(1).set(0, "t");
    out.setOrdered(true);
    out.setStartFrom(from);
    out.setStartTimeMs(time_ms);
  });
}

envelope<schema::GroupReset> resetting(schema::StartFrom to,
                                       std::int64_t time_ms) {
  return envelope<schema::GroupReset>::build([&](auto out) {
    out.setGroup("g");
    out.setTo(to);
    out.setTimeMs(time_ms);
  });
}

} // namespace

TEST(GroupEncoding, ReadsAJoin) {
  const auto member = decode_join(joining("a"));
  ASSERT_TRUE(member);
  EXPECT_EQ(member->id, "a");
  EXPECT_EQ(member->topics, std::vector<std::string>{"t"});
  EXPECT_TRUE(member->ordered);
  EXPECT_EQ(member->start.from, schema::StartFrom::TIME);
  EXPECT_EQ(member->start.time_ms, 77);
}

TEST(GroupEncoding, RefusesIdsThatCannotBeShown) {
  EXPECT_FALSE(decode_join(joining("")));
  EXPECT_FALSE(decode_join(joining("a\nb")));
  EXPECT_FALSE(decode_join(joining(std::string(256, 'a'))));
  EXPECT_TRUE(decode_join(joining(std::string(255, 'a'))));
}

TEST(GroupEncoding, RefusesAStartThatItDoesNotKnow) {
  const auto unknown = static_cast<schema::StartFrom>(7);
  const auto joined = decode_join(joining("a", unknown));
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, errc::not_supported);
  const auto reset = decode_reset(resetting(unknown, 0));
  ASSERT_FALSE(reset);
  EXPECT_EQ(reset.error().code, errc::not_supported);
}

TEST(GroupEncoding, TakesATimeBefore1970ForTheStartOfAllTime) {
  const auto joined = decode_join(joining("a", schema::StartFrom::TIME, -5));
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->start.time_ms, 0);
  const auto reset = decode_reset(resetting(schema::StartFrom::TIME, -5));
  ASSERT_TRUE(reset);
  EXPECT_EQ(reset->to.time_ms, 0);
}

TEST(GroupEncoding, PutsAnyNumberOfOffsetsIntoOneSegment) {
  std::vector<core::queue_commit> commits;
  for (std::uint32_t i = 0; i < 20'000; ++i)
    commits.push_back({{{7}, i}, {i * 3ull}});
  const auto record = make_commit_record(std::string(120, 'g'), commits);
  EXPECT_EQ(record.type, record_type::offset_commit);
  // The first word of the framing: one segment, of all the other words.
  EXPECT_EQ(record.body.data[0] & 0xffffffffu, 0u);
  EXPECT_EQ(record.body.data[0] >> 32, record.body.count - 1);
}

TEST(GroupEncoding, MergesListsAndLeavesBrokenOnesEmpty) {
  group_picture picture;
  picture.name = "g";
  auto words = std::make_shared<std::uint64_t[]>(2);
  words[0] = words[1] = ~std::uint64_t{0};
  const auto broken =
    envelope<schema::GroupList>::from_words({std::move(words), 2});
  const auto merged = merge_groups({encode_group(picture), broken});
  const auto names = merged.read([](schema::GroupList::Reader in) {
    std::string text;
    for (const auto group : in.getGroups())
      text += std::string{group.getName()} + ";";
    return text;
  });
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, "g;;");
}

} // namespace apogee::groups
