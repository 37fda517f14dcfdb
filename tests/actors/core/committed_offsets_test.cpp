#include "actors/core/committed_offsets.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

using commits = std::vector<queue_commit>;

constexpr queue_id first{{1}, 0};
constexpr queue_id second{{1}, 1};
constexpr queue_id elsewhere{{2}, 0};

TEST(CommittedOffsets, KnowsWhatTheLogSays) {
  const committed_offsets offsets{commits{{first, {7}}}};
  EXPECT_EQ(offsets.find(first), queue_offset{7});
  EXPECT_EQ(offsets.find(second), std::nullopt);
  EXPECT_TRUE(offsets.has_topic({1}));
  EXPECT_FALSE(offsets.has_topic({2}));
  EXPECT_FALSE(offsets.is_dirty());
}

TEST(CommittedOffsets, GoesBackOnlyWhenItIsSet) {
  committed_offsets offsets{commits{{first, {7}}}};
  offsets.advance(first, {6});
  EXPECT_FALSE(offsets.is_dirty());
  offsets.set(first, {6});
  EXPECT_EQ(offsets.dirty(), (commits{{first, {6}}}));
}

TEST(CommittedOffsets, AnOffsetOfZeroIsOneAsWell) {
  committed_offsets offsets{{}};
  offsets.advance(first, {0});
  offsets.set(second, {0});
  EXPECT_EQ(offsets.dirty(), (commits{{first, {0}}, {second, {0}}}));
}

TEST(CommittedOffsets, StaysDirtyUntilTheNewestIsRecorded) {
  committed_offsets offsets{{}};
  offsets.set(first, {7});
  offsets.set(second, {1});
  const auto written = offsets.dirty();
  EXPECT_EQ(offsets.dirty(), written) << "nobody has said that it is recorded";
  offsets.set(first, {8});
  offsets.recorded(written);
  EXPECT_EQ(offsets.dirty(), (commits{{first, {8}}}));
}

TEST(CommittedOffsets, ForgetsATopic) {
  committed_offsets offsets{{}};
  offsets.set(first, {7});
  offsets.set(elsewhere, {7});
  offsets.forget({1});
  EXPECT_EQ(offsets.dirty(), (commits{{elsewhere, {7}}}));
  offsets.clear();
  EXPECT_FALSE(offsets.is_dirty());
  EXPECT_TRUE(offsets.all().empty());
}

TEST(CommittedOffsets, AGroupThatIsBeingDeletedCommitsNothing) {
  committed_offsets offsets{{}};
  offsets.set(first, {7});
  offsets.suspend();
  offsets.set(second, {1});
  EXPECT_FALSE(offsets.is_dirty());
  EXPECT_TRUE(offsets.dirty().empty());
  offsets.resume();
  EXPECT_EQ(offsets.dirty(), (commits{{first, {7}}})) << "it is not deleted";
  offsets.suspend();
  offsets.clear();
  offsets.set(second, {1});
  EXPECT_EQ(offsets.dirty(), (commits{{second, {1}}})) << "of a new group";
}

TEST(OffsetTable, ReadsAGroupOnce) {
  int reads = 0;
  offset_table table{[&](const std::string& group) {
    ++reads;
    return result<commits>{group == "g" ? commits{{first, {7}}} : commits{}};
  }};
  EXPECT_EQ(*table.find("g", first), queue_offset{7});
  (*table.of("g"))->set(first, {8});
  EXPECT_EQ(*table.find("g", first), queue_offset{8});
  EXPECT_EQ(reads, 1);
  EXPECT_EQ(table.dirty_groups(), std::vector<std::string>{"g"});
  table.forget({1});
  EXPECT_EQ(*table.find("g", first), std::nullopt);
}

TEST(OffsetTable, KeepsNoGroupThatWasOnlyAskedFor) {
  int reads = 0;
  offset_table table{[&](const std::string&) {
    ++reads;
    return result<commits>{commits{}};
  }};
  EXPECT_EQ(*table.find("g", first), std::nullopt);
  EXPECT_EQ(*table.find("g", first), std::nullopt);
  EXPECT_EQ(reads, 2);
}

TEST(OffsetTable, FailsAsTheViewsDo) {
  bool works = false;
  offset_table table{[&](const std::string&) -> result<commits> {
    if (!works)
      return {errc::storage_failed, "no disk"};
    return commits{};
  }};
  EXPECT_EQ(table.of("g").error().code, errc::storage_failed);
  EXPECT_EQ(table.find("g", first).error().code, errc::storage_failed);
  works = true;
  EXPECT_TRUE(table.of("g"));
}

} // namespace apogee::core
