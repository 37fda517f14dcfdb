#include "tests/actors/core/group_state_test.hpp"

/// How queues change hands.
namespace apogee::core {

class GroupState : public group_state_test {};

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

TEST_F(GroupState, GoesOnBehindAGenerationThatItNeverSent) {
  join("a");
  report_at("a", 1'000'000);
  EXPECT_GT(sent["a"], 1'000'000u) << "the member hears nothing older";
  EXPECT_EQ(assigned["a"], "0@10 1@10 2@10 3@10 ");
  EXPECT_EQ(report("a", {{"t", 3, {20}}}), 1u);
  join("b");
  EXPECT_GT(sent["b"], 1'000'000u);
}

TEST_F(GroupState, SurvivesAnImpossibleGeneration) {
  join("a");
  report_at("a", ~std::uint64_t{0});
  join("b");
  report("a");
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

} // namespace apogee::core
