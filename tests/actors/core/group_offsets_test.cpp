#include "tests/actors/core/group_state_test.hpp"

/// Where a group goes on, in which queues.
namespace apogee::core {

class GroupOffsets : public group_state_test {};

// -- offsets -----------------------------------------------------------------

TEST_F(GroupOffsets, StartsWhereTheMemberSays) {
  join("a", schema::StartFrom::LATEST);
  EXPECT_EQ(assigned["a"], "0@100 1@100 2@100 3@100 ");
  EXPECT_EQ(commits(), "0@100 1@100 2@100 3@100 ") << "so it stays there";
}

TEST_F(GroupOffsets, StartsAtATime) {
  answering = false;
  join("a", schema::StartFrom::TIME);
  ASSERT_EQ(open.size(), 4u);
  EXPECT_EQ(open[0].time_ms, 777);
  take(group.ends_answered(open[0].queue, {{10}, {100}, {50}}, now));
  EXPECT_EQ(assigned["a"], "") << "the others are under way";
  for (std::size_t i = 1; i < 4; ++i)
    take(group.ends_answered(open[i].queue, {{10}, {100}, {50}}, now));
  EXPECT_EQ(assigned["a"], "0@50 1@50 2@50 3@50 ");
}

TEST_F(GroupOffsets, GoesOnAtTheOffsetsInTheLog) {
  start({{{{1}, 0}, {33}}, {{{1}, 1}, {44}}, {{{9}, 0}, {5}}});
  join("a", schema::StartFrom::LATEST);
  EXPECT_EQ(assigned["a"], "0@33 1@44 2@10 3@10 ")
    << "queues that are new since then are read from their start";
}

TEST_F(GroupOffsets, AsksAgainAfterAWhileWhenTheBrokerDoesNotAnswer) {
  answering = false;
  join("a");
  ASSERT_EQ(open.size(), 4u);
  take(group.ends_failed(open[0].queue, now));
  for (std::size_t i = 1; i < 4; ++i)
    take(group.ends_answered(open[i].queue, {{10}, {100}, {50}}, now));
  EXPECT_EQ(assigned["a"], "1@10 2@10 3@10 ");
  open.clear();
  answering = true;
  EXPECT_EQ(group.next_deadline(), now + group_state::question_retry);
  pass(group_state::question_retry);
  EXPECT_EQ(assigned["a"], "0@10 1@10 2@10 3@10 ");
}

TEST_F(GroupOffsets, TakesNoOffsetFromOtherMembers) {
  join("a");
  join("b");
  report("a");
  EXPECT_EQ(
    report("b",
           {{"t", 0, {20}}, {"t", 2, {20}}, {"x", 0, {1}}, {"t", 17, {1}}}),
    1u);
}

TEST_F(GroupOffsets, NeverGoesBack) {
  join("a");
  report("a", {{"t", 0, {50}}});
  commits();
  report("a", {{"t", 0, {40}}});
  EXPECT_EQ(commits(), "");
}

TEST_F(GroupOffsets, NeverRunsAheadOfTheLog) {
  join("a");
  commits();
  report("a", {{"t", 0, {5'000}}});
  EXPECT_EQ(commits(), "0@100 ");
  length = 130;
  report("a", {{"t", 0, {120}}});
  EXPECT_EQ(commits(), "0@120 ");
}

TEST_F(GroupOffsets, AsksOncePerQueueAndAgainForWhatCameMeanwhile) {
  join("a");
  commits();
  answering = false;
  questions = 0;
  report("a", {{"t", 0, {110}}});
  report("a", {{"t", 0, {120}}});
  EXPECT_EQ(questions, 1);
  EXPECT_EQ(commits(), "") << "not known to be there";
  take(group.ends_answered({{1}, 0}, {{10}, {115}, {0}}, now));
  EXPECT_EQ(questions, 2);
  take(group.ends_answered({{1}, 0}, {{10}, {125}, {0}}, now));
  EXPECT_EQ(commits(), "0@120 ");
}

TEST_F(GroupOffsets, GivesAQueueOnOnlyAtAnOffsetThatIsThere) {
  join("a");
  join("b");
  answering = false;
  report("a", {{"t", 2, {110}}});
  EXPECT_EQ(assigned["b"], "");
  take(group.ends_answered({{1}, 2}, {{10}, {130}, {0}}, now));
  EXPECT_EQ(assigned["b"], "2@110 3@10 ");
}

TEST_F(GroupOffsets, CommitsAtOnceWhenAQueueChangesHands) {
  join("a");
  commits();
  commit_now = false;
  report("a", {{"t", 2, {20}}});
  EXPECT_FALSE(commit_now);
  join("b");
  EXPECT_FALSE(commit_now && !kept->is_dirty());
  report("a");
  EXPECT_TRUE(commit_now);
}

TEST_F(GroupOffsets, AQueueIsGivenOnWhereItsOffsetWasSetMeanwhile) {
  join("a");
  join("b");
  report_at("a", 0, {{"t", 2, {50}}});
  kept->set({{1}, 2}, {15});
  report("a", {{"t", 3, {60}}});
  EXPECT_EQ(assigned["b"], "2@15 3@60 ");
}

// -- topics ------------------------------------------------------------------

TEST_F(GroupOffsets, ReadsAQueueThatAppearsFromItsStart) {
  join("a", schema::StartFrom::LATEST);
  take(group.topics_changed({topic("t", 1, 6)}, now));
  EXPECT_EQ(assigned["a"], "0@100 1@100 2@100 3@100 4@10 5@10 ");
}

TEST_F(GroupOffsets, ReadsATopicThatAppearsFromItsStart) {
  topics.clear();
  join("a", schema::StartFrom::LATEST);
  EXPECT_EQ(assigned["a"], "");
  take(group.topics_changed({topic("other", 2), topic("t", 3, 1)}, now));
  EXPECT_EQ(assigned["a"], "0@10 ");
}

TEST_F(GroupOffsets, ReadsARetryTopicFromItsStart) {
  topics = {topic("%RETRY%g", 5, 1)}; // a member gave back before it was read
  group_member member;
  member.id = "a";
  member.topics = {"%RETRY%g"};
  member.start = {schema::StartFrom::LATEST, 0};
  auto effects = group.join(member, now);
  ASSERT_TRUE(effects);
  take(*effects);
  EXPECT_EQ(assigned["a"], "0@10 ");
}

TEST_F(GroupOffsets, ForgetsADeletedTopic) {
  join("a");
  auto gone = topics[0];
  gone.deleted = true;
  take(group.topics_changed({gone}, now));
  EXPECT_EQ(assigned["a"], "");
  EXPECT_EQ(report("a", {{"t", 0, {20}}}), 0u);
  EXPECT_EQ(commits(), "");
  take(group.topics_changed({topic("t", 2, 1)}, now));
  EXPECT_EQ(assigned["a"], "0@10 ") << "the new one of that name";
}

TEST_F(GroupOffsets, ForgetsATopicThatIsNoLongerListed) {
  join("a");
  take(group.topics_listed({topic("other", 2)}, now));
  EXPECT_EQ(assigned["a"], "");
  EXPECT_TRUE(group.queues().empty());
}

TEST_F(GroupOffsets, TakesQueuesAwayThatATopicNoLongerHas) {
  join("a");
  take(group.topics_changed({topic("t", 1, 2)}, now));
  EXPECT_EQ(assigned["a"], "0@10 1@10 ");
}

// -- reset -------------------------------------------------------------------

TEST_F(GroupOffsets, ResetsAQueueThatNobodyReads) {
  start({{{{1}, 0}, {33}}});
  take(group.reset({{{{1}, 0}, {12}}}, now));
  EXPECT_TRUE(commit_now);
  EXPECT_EQ(commits(), "0@12 ");
  join("a");
  EXPECT_EQ(assigned["a"], "0@12 1@10 2@10 3@10 ");
}

TEST_F(GroupOffsets, ResetsAQueueUnderItsMember) {
  join("a");
  report("a", {{"t", 0, {60}}});
  take(group.reset({{{{1}, 0}, {12}}}, now));
  EXPECT_EQ(assigned["a"], "1@10 2@10 3@10 ");
  EXPECT_EQ(report_at("a", sent["a"] - 1, {{"t", 0, {70}}}), 0u);
  report("a", {{"t", 0, {80}}});
  EXPECT_EQ(assigned["a"], "0@12 1@10 2@10 3@10 ");
  EXPECT_EQ(commits(), "0@12 1@10 2@10 3@10 ");
  EXPECT_EQ(report_at("a", sent["a"] - 1, {{"t", 0, {80}}}), 0u)
    << "from before the reset";
  EXPECT_EQ(report("a", {{"t", 0, {13}}}), 1u);
  EXPECT_EQ(commits(), "0@13 ");
}

TEST_F(GroupOffsets, ResetsAQueueThatIsChangingHands) {
  join("a");
  join("b");
  take(group.reset({{{{1}, 3}, {12}}}, now));
  report("a", {{"t", 3, {80}}});
  EXPECT_EQ(assigned["b"], "2@10 3@12 ");
}

TEST_F(GroupOffsets, WatchesATopicForAReset) {
  group.watch_topic("t");
  take(group.topics_listed(topics, now));
  EXPECT_EQ(group.queues().size(), 4u);
}

TEST_F(GroupOffsets, AQueueThatIsNotReadForAWhileKeepsItsOffset) {
  join("a");
  report("a", {{"t", 3, {42}}});
  auto narrow = topic("t", 1);
  narrow.read_queues = 2;
  take(group.topics_changed({narrow}, now));
  report("a");
  EXPECT_EQ(assigned["a"], "0@10 1@10 ");
  take(group.topics_changed({topic("t", 1)}, now));
  EXPECT_EQ(assigned["a"], "0@10 1@10 2@10 3@42 ");
}

} // namespace apogee::core
