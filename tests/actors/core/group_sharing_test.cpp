#include "tests/actors/core/group_state_test.hpp"

/// Native and RocketMQ members in one group.
namespace apogee::core {

class GroupSharing : public group_state_test {
protected:
  static constexpr auto grace = group_state::rocketmq_grace;
};

TEST_F(GroupSharing, TakesTheSliceThatRocketMqLeavesToIt) {
  // a, b native; java1, java2: one queue each, in the order of all ids.
  list_rocketmq({"aa", "c"});
  join("a");
  join("b");
  pass(grace);
  EXPECT_EQ(owners(), "a aa b c ");
  EXPECT_EQ(assigned["a"], "0@10 ");
  EXPECT_EQ(assigned["b"], "2@10 ");
}

TEST_F(GroupSharing, LetsGoOfWhatBecomesARocketMqMembers) {
  join("a");
  told = 0;
  list_rocketmq({"java"});
  EXPECT_EQ(assigned["a"], "0@10 1@10 ");
  EXPECT_TRUE(locks->is_held("g", {"t", 2})) << "until it has let go";
  EXPECT_EQ(told, 0);
  report("a", {{"t", 2, {33}}});
  EXPECT_FALSE(locks->is_held("g", {"t", 2}));
  EXPECT_TRUE(locks->is_held("g", {"t", 0}));
  EXPECT_GT(told, 0);
  EXPECT_EQ(kept->find({{1}, 2}), queue_offset{33});
  EXPECT_EQ(owners(), "a a java java ");
}

TEST_F(GroupSharing, WaitsForALivingRocketMqMemberToLetGo) {
  list_rocketmq({"java"});
  kept->set({{1}, 0}, {20});
  join("a");
  EXPECT_EQ(assigned["a"], "");
  pass(grace - 1ms);
  EXPECT_EQ(assigned["a"], "");
  kept->set({{1}, 0}, {25}); // what it commits meanwhile
  pass(1ms);
  EXPECT_EQ(assigned["a"], "0@25 1@10 ");
}

TEST_F(GroupSharing, TakesTheQueuesOfADeadRocketMqMemberAtOnce) {
  list_rocketmq({"java"});
  join("a");
  pass(grace);
  kept->set({{1}, 3}, {77});
  list_rocketmq({});
  EXPECT_EQ(assigned["a"], "0@10 1@10 2@10 3@77 ");
}

TEST_F(GroupSharing, OneThatDiesWhileItLetsGoIsNotWaitedFor) {
  list_rocketmq({"java"});
  join("a");
  list_rocketmq({});
  EXPECT_EQ(assigned["a"], "0@10 1@10 2@10 3@10 ");
}

TEST_F(GroupSharing, ABroadcastingMemberTakesNoPart) {
  rocketmq_member all{"java", "10.0.0.1:1", 0, 0, true, {"t"}};
  take(group.rocketmq_listed({all}, now));
  join("a");
  EXPECT_EQ(assigned["a"], "0@10 1@10 2@10 3@10 ");
}

TEST_F(GroupSharing, AQueueThatIsLockedIsNotGiven) {
  list_rocketmq({"java"});
  ASSERT_TRUE(locks->lock("g", {"t", 1}, "java", now));
  join("a");
  pass(grace);
  EXPECT_EQ(assigned["a"], "0@10 ");
  locks->unlock("g", {"t", 1}, "java");
  pass(group_state::lock_retry);
  EXPECT_EQ(assigned["a"], "0@10 1@10 ");
}

TEST_F(GroupSharing, AQueueOfANativeMemberIsHeldForIt) {
  join("a");
  EXPECT_TRUE(locks->is_held("g", {"t", 3}));
  leave("a", {});
  EXPECT_FALSE(locks->is_held("g", {"t", 3}));
}

TEST_F(GroupSharing, CountsMembersThatDoNotWantATopic) {
  // As RocketMQ's members do: the queues of one that does not want them are
  // nobody's.
  list_rocketmq({"java"});
  group_member other;
  other.id = "a";
  other.topics = {"u"};
  take(*group.join(other, now));
  EXPECT_EQ(owners(), "java java java java ") << "for a while";
  pass(grace);
  EXPECT_EQ(owners(), "nobody nobody java java ");
}

TEST_F(GroupSharing, CaresForTheTopicsOfRocketMqMembers) {
  list_rocketmq({"java"});
  EXPECT_EQ(owners(), "java java java java ");
  EXPECT_EQ(assignments, 0);
}

} // namespace apogee::core
