#include "actors/core/group_state.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace apogee::core {

using namespace std::chrono_literals;

/// One topic "t" of four queues, id 1, each 100 messages long, the first 10 of
/// them deleted; questions are answered at once unless `answering` is off.
class GroupState : public testing::Test {
protected:
  static topic_info topic(const std::string& name, std::uint32_t id,
                          std::uint32_t queues = 4) {
    topic_info info;
    info.id = {id};
    info.name = name;
    info.queues = queues;
    return info;
  }

  void take(group_effects effects) {
    for (const auto& x : effects.assignments) {
      std::string text;
      for (const auto& queue : x.queues)
        text += std::to_string(queue.queue) + "@"
                + std::to_string(queue.offset.value) + " ";
      assigned[x.member] = text;
      sent[x.member] = x.generation;
      ++assignments;
    }
    commit_now |= effects.commit_now;
    for (const auto& question : effects.questions) {
      ++questions;
      if (answering)
        take(group.ends_answered(question.queue, {{10}, {length}, {50}}, now));
      else
        open.push_back(question);
    }
    if (effects.list_topics && !topics.empty())
      take(group.topics_listed(topics, now));
  }

  void join(const std::string& id,
            schema::StartFrom from = schema::StartFrom::EARLIEST) {
    group_member member;
    member.id = id;
    member.topics = {"t"};
    member.start = {from, 777};
    auto effects = group.join(member, now);
    ASSERT_TRUE(effects);
    take(*effects);
  }

  /// As the member reports after taking over what was last sent to it.
  std::uint32_t report(const std::string& id,
                       std::vector<reported_offset> offsets = {}) {
    return report_at(id, sent[id], std::move(offsets));
  }

  std::uint32_t report_at(const std::string& id, std::uint64_t generation,
                          std::vector<reported_offset> offsets = {}) {
    auto outcome =
      group.report({id, generation, std::move(offsets), false}, now);
    EXPECT_TRUE(outcome);
    if (!outcome)
      return 0;
    take(outcome->effects);
    return outcome->accepted;
  }

  void leave(const std::string& id, std::vector<reported_offset> offsets) {
    auto outcome = group.report({id, sent[id], std::move(offsets), true}, now);
    ASSERT_TRUE(outcome);
    take(outcome->effects);
  }

  std::string commits() {
    std::string text;
    for (const auto& [queue, offset] : group.take_commits())
      text +=
        std::to_string(queue.number) + "@" + std::to_string(offset.value) + " ";
    return text;
  }

  void pass(std::chrono::milliseconds time) {
    now += time;
    take(group.tick(now));
  }

  group_state::instant now{};
  std::vector<topic_info> topics{topic("t", 1)};
  group_state group{{3s, 5s}, 1, {}};
  std::map<std::string, std::string> assigned;
  std::map<std::string, std::uint64_t> sent;
  std::vector<group_effects::question> open;
  int assignments = 0;
  int questions = 0;
  std::uint64_t length = 100;
  bool answering = true;
  bool commit_now = false;
};

// -- changing hands
// ------------------------------------------------------------

TEST_F(GroupState, GivesTheFirstMemberEverythingInOneAssignment) {
  join("a");
  EXPECT_EQ(assigned["a"], "0@10 1@10 2@10 3@10 ");
  // One that says that it has joined, one with the queues.
  EXPECT_EQ(assignments, 2);
}

TEST_F(GroupState, TakesAQueueAwayBeforeItGivesItOn) {
  join("a");
  join("b");
  EXPECT_EQ(assigned["a"], "0@10 1@10 ");
  EXPECT_EQ(assigned["b"], "");
  report("a", {{"t", 2, {25}}, {"t", 3, {35}}});
  EXPECT_EQ(assigned["b"], "2@25 3@35 ");
  EXPECT_EQ(commits(), "0@10 1@10 2@25 3@35 ");
}

TEST_F(GroupState, WaitsForTheReportOfTheRightGeneration) {
  join("a");
  const auto before = sent["a"];
  join("b");
  report_at("a", before);
  EXPECT_EQ(assigned["b"], "");
  EXPECT_EQ(report_at("a", before, {{"t", 3, {20}}}), 1u);
  report("a");
  EXPECT_EQ(assigned["b"], "2@10 3@20 ");
}

TEST_F(GroupState, GivesAQueueOnWhenItsMemberDoesNotLetGo) {
  join("a");
  join("b");
  pass(2s);
  report_at("a", 0);
  pass(2s);
  report_at("a", 0);
  report("b");
  EXPECT_EQ(assigned["b"], "");
  pass(1s);
  EXPECT_EQ(assigned["b"], "2@10 3@10 ");
  EXPECT_EQ(report("a", {{"t", 3, {90}}}), 0u) << "it is b's now";
}

TEST_F(GroupState, GivesTheQueuesOfALeavingMemberAwayAtOnce) {
  join("a");
  join("b");
  report("a");
  leave("a", {{"t", 0, {44}}});
  EXPECT_EQ(assigned["b"], "0@44 1@10 2@10 3@10 ");
  EXPECT_FALSE(group.report({"a", 1, {}, false}, now));
}

TEST_F(GroupState, GivesTheQueuesOfADeadMemberAwayAtOnce) {
  join("a");
  join("b");
  report("a", {{"t", 0, {44}}});
  take(group.remove("a", now));
  EXPECT_EQ(assigned["b"], "0@44 1@10 2@10 3@10 ");
}

TEST_F(GroupState, TakesASilentMemberForDead) {
  join("a");
  join("b");
  report("a");
  pass(8s);
  report("b");
  now += 1s;
  const auto effects = group.tick(now);
  EXPECT_EQ(effects.dead, std::vector<std::string>{"a"});
  take(effects);
  EXPECT_EQ(assigned["b"], "0@10 1@10 2@10 3@10 ");
}

TEST_F(GroupState, WakesForTheNextThingThatIsDue) {
  EXPECT_FALSE(group.next_deadline());
  join("a");
  EXPECT_EQ(group.next_deadline(), now + 9s);
  join("b");
  EXPECT_EQ(group.next_deadline(), now + 5s) << "release of 2 and 3";
}

TEST_F(GroupState, AMemberThatIsBackKeepsItsQueues) {
  join("a");
  join("b");
  report("a");
  const auto before = assigned;
  join("a");
  EXPECT_EQ(assigned, before);
  EXPECT_EQ(report("a", {{"t", 0, {20}}}), 1u);
}

TEST_F(GroupState, GivesAQueueBackWhenItsNextMemberDiesFirst) {
  join("a");
  join("b");
  take(group.remove("b", now));
  EXPECT_EQ(assigned["a"], "0@10 1@10 ") << "it may still let go of them";
  report("a", {{"t", 2, {30}}});
  EXPECT_EQ(assigned["a"], "0@10 1@10 2@30 3@10 ");
}

TEST_F(GroupState, LeavesSurplusMembersIdle) {
  for (const auto* id : {"a", "b", "c", "d", "e"}) {
    join(id);
    for (const auto& [member, generation] : std::map{sent})
      report(member);
  }
  EXPECT_EQ(assigned["d"], "3@10 ");
  EXPECT_EQ(assigned["e"], "");
}

TEST_F(GroupState, DoesNotBelieveAGenerationThatItNeverSent) {
  join("a");
  join("b");
  report_at("a", 1'000'000, {{"t", 3, {90}}});
  EXPECT_EQ(assigned["b"], "");
  EXPECT_EQ(report("a"), 0u);
  EXPECT_EQ(assigned["b"], "2@10 3@10 ");
}

TEST_F(GroupState, SendsAgainWhatAMemberHasNotTakenOver) {
  join("a");
  const auto lost = sent["a"];
  report_at("a", 0);
  now += 5s;
  sent.clear();
  report_at("a", 0);
  EXPECT_EQ(sent["a"], lost);
  sent.clear();
  report_at("a", 0);
  EXPECT_TRUE(sent.empty()) << "not more often than that";
}

// -- offsets
// -------------------------------------------------------------------

TEST_F(GroupState, StartsWhereTheMemberSays) {
  join("a", schema::StartFrom::LATEST);
  EXPECT_EQ(assigned["a"], "0@100 1@100 2@100 3@100 ");
  EXPECT_EQ(commits(), "0@100 1@100 2@100 3@100 ") << "so it stays there";
}

TEST_F(GroupState, StartsAtATime) {
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

TEST_F(GroupState, GoesOnAtTheOffsetsInTheLog) {
  group = group_state{
    {3s, 5s}, 1, {{{{1}, 0}, {33}}, {{{1}, 1}, {44}}, {{{9}, 0}, {5}}}};
  take(group.topics_listed(topics, now));
  join("a", schema::StartFrom::LATEST);
  EXPECT_EQ(assigned["a"], "0@33 1@44 2@10 3@10 ")
    << "queues that are new since then are read from their start";
}

TEST_F(GroupState, AsksAgainAfterAWhileWhenTheBrokerDoesNotAnswer) {
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

TEST_F(GroupState, TakesNoOffsetFromOtherMembers) {
  join("a");
  join("b");
  report("a");
  EXPECT_EQ(
    report("b",
           {{"t", 0, {20}}, {"t", 2, {20}}, {"x", 0, {1}}, {"t", 17, {1}}}),
    1u);
}

TEST_F(GroupState, NeverGoesBack) {
  join("a");
  report("a", {{"t", 0, {50}}});
  commits();
  report("a", {{"t", 0, {40}}});
  EXPECT_EQ(commits(), "");
}

TEST_F(GroupState, NeverRunsAheadOfTheLog) {
  join("a");
  commits();
  report("a", {{"t", 0, {5'000}}});
  EXPECT_EQ(commits(), "0@100 ");
  length = 130;
  report("a", {{"t", 0, {120}}});
  EXPECT_EQ(commits(), "0@120 ");
}

TEST_F(GroupState, AsksOncePerQueueAndAgainForWhatCameMeanwhile) {
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

TEST_F(GroupState, GivesAQueueOnOnlyAtAnOffsetThatIsThere) {
  join("a");
  join("b");
  answering = false;
  report("a", {{"t", 2, {110}}});
  EXPECT_EQ(assigned["b"], "");
  take(group.ends_answered({{1}, 2}, {{10}, {130}, {0}}, now));
  EXPECT_EQ(assigned["b"], "2@110 3@10 ");
}

TEST_F(GroupState, CommitsAtOnceWhenAQueueChangesHands) {
  join("a");
  commits();
  commit_now = false;
  report("a", {{"t", 2, {20}}});
  EXPECT_FALSE(commit_now);
  join("b");
  EXPECT_FALSE(commit_now && !group.has_commits());
  report("a");
  EXPECT_TRUE(commit_now);
}

TEST_F(GroupState, RecordsAgainWhatWasNotRecorded) {
  join("a");
  const auto failed = group.take_commits();
  report("a", {{"t", 1, {20}}});
  group.commits_failed(failed);
  EXPECT_EQ(commits(), "0@10 1@20 2@10 3@10 ");
}

// -- topics
// --------------------------------------------------------------------

TEST_F(GroupState, ReadsAQueueThatAppearsFromItsStart) {
  join("a", schema::StartFrom::LATEST);
  take(group.topics_changed({topic("t", 1, 6)}, now));
  EXPECT_EQ(assigned["a"], "0@100 1@100 2@100 3@100 4@10 5@10 ");
}

TEST_F(GroupState, ReadsATopicThatAppearsFromItsStart) {
  topics.clear();
  join("a", schema::StartFrom::LATEST);
  EXPECT_EQ(assigned["a"], "");
  take(group.topics_changed({topic("other", 2), topic("t", 3, 1)}, now));
  EXPECT_EQ(assigned["a"], "0@10 ");
}

TEST_F(GroupState, ForgetsADeletedTopic) {
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

TEST_F(GroupState, ForgetsATopicThatIsNoLongerListed) {
  join("a");
  take(group.topics_listed({topic("other", 2)}, now));
  EXPECT_EQ(assigned["a"], "");
  EXPECT_TRUE(group.queues().empty());
}

TEST_F(GroupState, TakesQueuesAwayThatATopicNoLongerHas) {
  join("a");
  take(group.topics_changed({topic("t", 1, 2)}, now));
  EXPECT_EQ(assigned["a"], "0@10 1@10 ");
}

// -- reset
// ---------------------------------------------------------------------

TEST_F(GroupState, ResetsAQueueThatNobodyReads) {
  group = group_state{{3s, 5s}, 1, {{{{1}, 0}, {33}}}};
  take(group.topics_listed(topics, now));
  take(group.reset({{{{1}, 0}, {12}}}, now));
  EXPECT_TRUE(commit_now);
  EXPECT_EQ(commits(), "0@12 ");
  join("a");
  EXPECT_EQ(assigned["a"], "0@12 1@10 2@10 3@10 ");
}

TEST_F(GroupState, ResetsAQueueUnderItsMember) {
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

TEST_F(GroupState, ResetsAQueueThatIsChangingHands) {
  join("a");
  join("b");
  take(group.reset({{{{1}, 3}, {12}}}, now));
  report("a", {{"t", 3, {80}}});
  EXPECT_EQ(assigned["b"], "2@10 3@12 ");
}

TEST_F(GroupState, WatchesATopicForAReset) {
  group.watch_topic("t");
  take(group.topics_listed(topics, now));
  EXPECT_EQ(group.queues().size(), 4u);
}

} // namespace apogee::core
