#include "actors/groups/rebalance_coordinator.hpp"
#include "tests/actors/groups/groups_test.hpp"

namespace apogee::groups {

using namespace std::chrono_literals;

class RebalanceCoordinator : public groups_test {
protected:
  void start() {
    coordinator = start_actor(rebalance_coordinator, services, "g");
    service = coordinator;
    run();
  }

  /// Lets the clock run in steps, while the members report.
  void live(std::chrono::milliseconds time,
            const std::vector<std::string>& ids) {
    for (auto passed = 0ms; passed < time; passed += 1s) {
      advance(1s);
      for (const auto& id : ids)
        report(id);
    }
  }

  rebalance_coordinator_actor coordinator;
};

TEST_F(RebalanceCoordinator, GivesTheFirstMemberEverything) {
  start();
  EXPECT_EQ(join("a"), "every 3000 ms");
  EXPECT_EQ(assigned("a"), "0@10 1@10 2@10 3@10 ");
  EXPECT_EQ(world->log.back(), "offsets g 0@10 1@10 2@10 3@10");
}

TEST_F(RebalanceCoordinator, SharesWithTheSecondWhenTheFirstHasLetGo) {
  start();
  join("a");
  join("b");
  EXPECT_EQ(assigned("a"), "0@10 1@10 ");
  EXPECT_EQ(assigned("b"), "");
  EXPECT_EQ(report("a", {{2, 22}}), "1");
  EXPECT_EQ(assigned("b"), "2@22 3@10 ");
  EXPECT_EQ(world->log.back(), "offsets g 2@22") << "at once";
}

TEST_F(RebalanceCoordinator, CollectsOffsetsForTheLog) {
  start();
  join("a");
  const auto before = world->log.size();
  report("a", {{0, 20}});
  advance(200ms);
  report("a", {{0, 30}, {1, 40}});
  EXPECT_EQ(world->log.size(), before);
  advance(300ms);
  EXPECT_EQ(world->log.size(), before + 1);
  EXPECT_EQ(world->log.back(), "offsets g 0@30 1@40");
}

TEST_F(RebalanceCoordinator, NeverLetsOffsetsRunAheadOfTheLog) {
  start();
  join("a");
  EXPECT_EQ(report("a", {{0, 1'000'000}}), "1");
  advance(500ms);
  EXPECT_EQ(world->log.back(), "offsets g 0@100");
}

TEST_F(RebalanceCoordinator, GivesTheQueuesOfADeadMemberAwayAtOnce) {
  start();
  join("a");
  join("b");
  report("a");
  end(members["a"]);
  EXPECT_EQ(assigned("b"), "0@10 1@10 2@10 3@10 ");
}

TEST_F(RebalanceCoordinator, GivesTheQueuesOfALeavingMemberAwayAtOnce) {
  start();
  join("a");
  join("b");
  report("a");
  EXPECT_EQ(report("a", {{0, 33}}, true), "1");
  EXPECT_EQ(assigned("b"), "0@33 1@10 2@10 3@10 ");
  EXPECT_EQ(world->log.back(), "offsets g 0@33");
  EXPECT_EQ(report("a").rfind("unknown-member", 0), 0u);
}

TEST_F(RebalanceCoordinator, GivesUpASilentMember) {
  start();
  join("a");
  join("b");
  report("a");
  live(8s, {"b"});
  EXPECT_EQ(assigned("b"), "2@10 3@10 ");
  live(2s, {"b"});
  EXPECT_EQ(assigned("b"), "0@10 1@10 2@10 3@10 ");
  EXPECT_EQ(report("a").rfind("unknown-member", 0), 0u);
}

TEST_F(RebalanceCoordinator, DoesNotWaitForeverForAQueueToBeLetGo) {
  start();
  join("a");
  join("b");
  advance(4s);
  EXPECT_EQ(assigned("b"), "");
  advance(1s);
  EXPECT_EQ(assigned("b"), "2@10 3@10 ");
}

TEST_F(RebalanceCoordinator, AMemberThatIsBackKeepsItsQueues) {
  start();
  join("a");
  join("b");
  report("a");
  const auto before = members["a"];
  start_member("a");
  join("a");
  end(before);
  EXPECT_EQ(assigned("a"), "0@10 1@10 ");
  EXPECT_EQ(assigned("b"), "2@10 3@10 ");
}

TEST_F(RebalanceCoordinator, ASuccessorGoesOnWhereTheLogSays) {
  start();
  join("a");
  report("a", {{0, 42}});
  advance(500ms);
  end(caf::actor_cast<caf::actor>(coordinator));
  EXPECT_EQ(report("a").rfind("unreachable", 0), 0u);
  start();
  EXPECT_EQ(report("a").rfind("unknown-member", 0), 0u);
  join("a");
  EXPECT_EQ(assigned("a"), "0@42 1@10 2@10 3@10 ");
}

TEST_F(RebalanceCoordinator, ASuccessorWhoseClockIsBehindIsHeard) {
  start();
  join("a");
  end(caf::actor_cast<caf::actor>(coordinator));
  services->wall_clock_ms = [] { return std::int64_t{10}; };
  (*services->offsets->of("g"))->set({{1}, 0}, {42});
  start();
  join("a");
  EXPECT_EQ(assigned("a"), "0@10 1@10 2@10 3@10 ") << "not newer than before";
  report("a");
  EXPECT_EQ(assigned("a"), "0@42 1@10 2@10 3@10 ");
  EXPECT_EQ(report("a", {{0, 43}}), "1");
}

TEST_F(RebalanceCoordinator, RequestsWaitUntilItIsLoaded) {
  const auto late = catalog;
  catalog = nullptr;
  start();
  start_member("a");
  auto reply = self->request(service, caf::infinite,
                             envelope<schema::JoinRequest>::build([](auto out) {
                               out.setGroup("g");
                               out.setMemberId("a");
                               out.initTopics(1).set(0, "t");
                               out.setStartFrom(schema::StartFrom::EARLIEST);
                             }),
                             members["a"]);
  run();
  EXPECT_EQ(assigned("a"), "none");
  catalog = late;
  advance(service_retry);
  reply.receive(
    [](const envelope<schema::JoinReply>&) {},
    [](const caf::error& why) { FAIL() << to_string(to_failure(why)); });
  run();
  EXPECT_EQ(assigned("a"), "0@10 1@10 2@10 3@10 ");
}

TEST_F(RebalanceCoordinator, AnswersWhatItHoldsWhenItEnds) {
  world->broker_is_silent = true;
  world->offsets[{{1}, 0}] = {20};
  start();
  auto reply =
    self->request(service, caf::infinite, envelope<schema::GroupQuery>{});
  run();
  end(caf::actor_cast<caf::actor>(coordinator));
  coordinator = nullptr;
  service = nullptr;
  std::string text;
  reply.receive(
    [](const envelope<schema::GroupList>&) {},
    [&](const caf::error& why) { text = to_string(to_failure(why)); });
  EXPECT_EQ(text.rfind("restarting", 0), 0u) << text;
}

TEST_F(RebalanceCoordinator, AsksAgainWhenTheBrokerIsRestarted) {
  const auto before = broker;
  broker = nullptr;
  start();
  join("a");
  EXPECT_EQ(assigned("a"), "");
  broker = before;
  advance(core::group_state::question_retry);
  EXPECT_EQ(assigned("a"), "0@10 1@10 2@10 3@10 ");
}

TEST_F(RebalanceCoordinator, SubscribesAgainWhenTheCatalogIsRestarted) {
  start();
  join("a");
  stop_catalog();
  world->topics = {topic("t", 1, 6)};
  start_catalog();
  advance(service_retry);
  EXPECT_EQ(assigned("a"), "0@10 1@10 2@10 3@10 4@10 5@10 ");
}

TEST_F(RebalanceCoordinator, HearsOfNewQueuesAndTopics) {
  start();
  join("a", "g", {"t", "later"});
  change_topics({topic("t", 1, 5)});
  EXPECT_EQ(assigned("a"), "0@10 1@10 2@10 3@10 4@10 ");
  change_topics({topic("later", 2, 1)});
  EXPECT_EQ(assigned("a"), "0@10 1@10 2@10 3@10 4@10 0@10 ");
}

TEST_F(RebalanceCoordinator, SharesWithRocketMqMembers) {
  const auto list = [&](std::vector<core::rocketmq_member> all) {
    services->members->set_rocketmq("g", std::move(all));
    self->send(coordinator, members_atom::value);
    run();
  };
  start();
  join("a");
  EXPECT_EQ(services->members->native("g"), std::set<std::string>{"a"});
  EXPECT_EQ(world->told, std::vector<std::string>{"g"});
  list({{"java", "10.0.0.1:1", 0, 0, false, {"t"}}});
  EXPECT_EQ(assigned("a"), "0@10 1@10 ");
  world->told.clear();
  report("a", {{2, 22}});
  EXPECT_EQ(world->told, std::vector<std::string>{"g"}) << "it has let go";
  EXPECT_EQ(world->log.back(), "offsets g 2@22");
  (*services->offsets->of("g"))->set({{1}, 2}, {44});
  list({});
  EXPECT_EQ(assigned("a"), "0@10 1@10 2@44 3@10 ");
  report("a", {}, true);
  EXPECT_TRUE(services->members->native("g").empty());
}

TEST_F(RebalanceCoordinator, LeavesNoNativeMembersBehind) {
  start();
  join("a");
  ASSERT_TRUE(services->locks->is_held("g", {"t", 0}));
  world->told.clear();
  end(caf::actor_cast<caf::actor>(coordinator));
  EXPECT_TRUE(services->members->native("g").empty());
  EXPECT_FALSE(services->locks->is_held("g", {"t", 0}));
  EXPECT_EQ(world->told, std::vector<std::string>{"g"});
}

TEST_F(RebalanceCoordinator, KnowsTheRocketMqMembersThatWereThereBefore) {
  services->members->set_rocketmq("g",
                                  {{"java", "10.0.0.1:1", 0, 0, false, {"t"}}});
  start();
  join("a");
  EXPECT_EQ(assigned("a"), "") << "the other one has them";
  advance(core::group_state::rocketmq_grace);
  EXPECT_EQ(assigned("a"), "0@10 1@10 ");
}

TEST_F(RebalanceCoordinator, ShowsTheGroup) {
  start();
  join("a");
  report("a", {{0, 20}});
  EXPECT_EQ(query(), "g(a) 0@20/100:a 1@10/100:a 2@10/100:a 3@10/100:a;");
}

TEST_F(RebalanceCoordinator, ResetsAGroupThatIsOffline) {
  world->offsets[{{1}, 0}] = {20};
  start();
  EXPECT_EQ(reset(schema::StartFrom::LATEST),
            "g() 0@100/100: 1@100/100: 2@100/100: 3@100/100:;");
  EXPECT_EQ(world->log.back(), "offsets g 0@100 1@100 2@100 3@100");
  EXPECT_EQ(reset(schema::StartFrom::TIME),
            "g() 0@50/100: 1@50/100: 2@50/100: 3@50/100:;");
}

TEST_F(RebalanceCoordinator, ResetsAGroupUnderItsMembers) {
  start();
  join("a");
  report("a", {{0, 60}, {1, 61}});
  reset(schema::StartFrom::TIME);
  EXPECT_EQ(assigned("a"), "") << "it first lets go";
  EXPECT_EQ(report("a", {{0, 70}}), "0");
  EXPECT_EQ(assigned("a"), "0@50 1@50 2@50 3@50 ");
  EXPECT_EQ(report("a", {{0, 51}}), "1");
}

TEST_F(RebalanceCoordinator, AnswersAResetWhenItIsInTheLog) {
  world->offsets[{{1}, 0}] = {20};
  start();
  world->log_failure = {errc::disk_full, "no space"};
  auto reply = self->request(service, caf::infinite,
                             envelope<schema::GroupReset>::build([](auto out) {
                               out.setGroup("g");
                               out.setTopic("t");
                             }));
  advance(500ms);
  EXPECT_FALSE(reply_is_there());
  world->log_failure = {};
  advance(500ms);
  EXPECT_TRUE(reply_is_there());
  EXPECT_EQ(world->log.size(), 1u);
  reply.receive(
    [](const envelope<schema::GroupList>&) {},
    [](const caf::error& why) { FAIL() << to_string(to_failure(why)); });
}

TEST_F(RebalanceCoordinator, AnswersAResetWhoseTopicIsDeletedMeanwhile) {
  world->offsets[{{1}, 0}] = {20};
  start();
  world->log_failure = {errc::disk_full, "no space"};
  auto reply = self->request(service, caf::infinite,
                             envelope<schema::GroupReset>::build([](auto out) {
                               out.setGroup("g");
                               out.setTopic("t");
                             }));
  run();
  auto gone = topic("t", 1, 4);
  gone.deleted = true;
  change_topics({gone});
  world->log_failure = {};
  advance(500ms);
  ASSERT_TRUE(reply_is_there());
  std::string text;
  reply.receive(
    [&](const envelope<schema::GroupList>& x) { text = show(x); },
    [&](const caf::error& why) { text = to_string(to_failure(why)); });
  EXPECT_EQ(text, "g();");
}

TEST_F(RebalanceCoordinator, RefusesAResetThatItCannotDo) {
  start();
  EXPECT_EQ(reset(schema::StartFrom::LATEST, "nothing").rfind("unknown-topic"),
            0u);
  world->broker_failure = {errc::storage_failed, "no disk"};
  EXPECT_EQ(reset(schema::StartFrom::LATEST), "storage-failed: no disk");
  EXPECT_TRUE(world->log.empty());
}

TEST_F(RebalanceCoordinator, AsksTheBrokerAFewThingsAtATime) {
  world->topics = {topic("t", 1, 1'000)};
  world->broker_is_silent = true;
  start();
  join("a");
  EXPECT_EQ(world->queries, static_cast<int>(offset_reader::in_flight_max));
}

TEST_F(RebalanceCoordinator, KeepsFewTimersHoweverOftenQueuesChangeHands) {
  start();
  join("a");
  for (int i = 0; i < 100; ++i) {
    join("b");
    live(3s, {"a", "b"});
    report("b", {}, true);
    live(3s, {"a"});
  }
  EXPECT_LE(sched.clock().schedule().size(), 4u);
}

TEST_F(RebalanceCoordinator, RefusesBadJoins) {
  start();
  EXPECT_EQ(join("a", "g", {}).rfind("invalid-argument: member 'a'", 0), 0u);
  EXPECT_EQ(join("a", "g", {"no spaces"}).rfind("illegal-name: topic", 0), 0u);
  EXPECT_EQ(join("").rfind("invalid-argument: the member has no id", 0), 0u);
}

TEST_F(RebalanceCoordinator, RetiresOnlyWhenNobodyNeedsIt) {
  start();
  const auto retires = [&] {
    bool yes = false;
    auto reply = self->request(coordinator, caf::infinite, retire_atom::value);
    run();
    reply.receive([&](bool x) { yes = x; }, [](const caf::error&) {});
    return yes;
  };
  join("a");
  live(services->idle_after * 2, {"a"});
  EXPECT_FALSE(retires());
  report("a", {}, true);
  EXPECT_FALSE(retires()) << "it has just been of use";
  advance(services->idle_after);
  EXPECT_TRUE(retires());
}

} // namespace apogee::groups
