#include "actors/groups/group_directory.hpp"
#include "actors/groups/rebalance_coordinator.hpp"
#include "tests/actors/groups/groups_test.hpp"

#include <cstring>

namespace apogee::groups {

using namespace std::chrono_literals;

class GroupDirectory : public groups_test {
protected:
  void start() {
    directory = start_actor(group_directory, services,
                            [this](group_directory_actor::pointer,
                                   const std::string& group, auto then) {
                              starts.push_back(group);
                              if (start_failure.code != errc::none)
                                return then(start_failure);
                              if (!stale || starts.size() > 2)
                                coordinator = start_actor(rebalance_coordinator,
                                                          services, group);
                              then(coordinator);
                            });
    service = directory;
    run();
  }

  /// "at 4711", or an error.
  std::string give_back(const std::string& group, std::int32_t level,
                        std::int32_t limit) {
    std::string text = "no answer";
    auto reply = self->request(directory, caf::infinite,
                               envelope<schema::SendBack>::build([&](auto out) {
                                 out.setGroup(group);
                                 out.setPosition(100);
                                 out.setDelayLevel(level);
                                 out.setMaxReconsumeTimes(limit);
                               }));
    run();
    reply.receive(
      [&](const envelope<schema::SendBackReply>& x) {
        static_cast<void>(x.read([&](schema::SendBackReply::Reader in) {
          text = "at " + std::to_string(in.getPosition());
        }));
      },
      [&](const caf::error& why) { text = to_string(to_failure(why)); });
    return text;
  }

  group_directory_actor directory;
  rebalance_coordinator_actor coordinator; // the newest one
  std::vector<std::string> starts;
  failure start_failure;
  bool stale = false; // an ended coordinator is found for a while
};

TEST_F(GroupDirectory, StartsACoordinatorForTheFirstJoin) {
  start();
  EXPECT_EQ(join("a"), "every 3000 ms");
  EXPECT_EQ(join("b"), "every 3000 ms");
  EXPECT_EQ(starts, std::vector<std::string>{"g"});
  EXPECT_EQ(assigned("a"), "0@10 1@10 ");
}

TEST_F(GroupDirectory, RecordsAGroupWhenItIsFirstSeen) {
  start();
  join("a");
  join("b");
  ASSERT_EQ(world->groups->all().size(), 1u);
  EXPECT_TRUE(world->groups->find("g"));
}

TEST_F(GroupDirectory, RecordsNoGroupThatNobodyCouldJoin) {
  start();
  EXPECT_EQ(join("a", "g", {"no spaces"}).rfind("illegal-name", 0), 0u);
  EXPECT_TRUE(world->groups->all().empty());
  EXPECT_TRUE(starts.empty());
}

TEST_F(GroupDirectory, ChecksNames) {
  start();
  EXPECT_EQ(join("a", "no spaces").rfind("illegal-name: group", 0), 0u);
  EXPECT_EQ(join("a", "").rfind("illegal-name", 0), 0u);
  EXPECT_EQ(query("n/o").rfind("illegal-name", 0), 0u);
  EXPECT_EQ(join("a", std::string(121, 'g')).rfind("illegal-name", 0), 0u);
  EXPECT_TRUE(starts.empty());
}

TEST_F(GroupDirectory, RefusesBrokenMessagesAndNamesTheNode) {
  start();
  auto words = std::make_shared<std::uint64_t[]>(4);
  std::memset(words.get(), 0xff, 32);
  const auto text = ask<envelope<schema::GroupList>>(
    envelope<schema::GroupQuery>::from_words({words, 4}));
  EXPECT_EQ(
    text.rfind("malformed: the message from node " + to_string(sys.node()), 0),
    0u)
    << text;
  EXPECT_EQ(*services->refused_malformed, 1u);
}

TEST_F(GroupDirectory, SendsMembersOfALostCoordinatorBackToJoin) {
  start();
  join("a");
  report("a", {{0, 42}});
  advance(500ms);
  end(caf::actor_cast<caf::actor>(coordinator));
  EXPECT_EQ(report("a").rfind("unknown-member", 0), 0u);
  EXPECT_EQ(starts.size(), 1u) << "a report starts nothing";
  EXPECT_EQ(join("a"), "every 3000 ms");
  EXPECT_EQ(assigned("a"), "0@42 1@10 2@10 3@10 ");
}

TEST_F(GroupDirectory, DoesNotUseACoordinatorThatHasEnded) {
  start();
  join("a");
  stale = true;
  end(caf::actor_cast<caf::actor>(coordinator));
  start_member("b");
  auto reply = self->request(
    service, caf::infinite,
    envelope<schema::GroupQuery>::build([](auto out) { out.setGroup("g"); }));
  run();
  advance(10ms);
  std::string text;
  reply.receive(
    [&](const envelope<schema::GroupList>& x) { text = show(x); },
    [&](const caf::error& why) { text = to_string(to_failure(why)); });
  EXPECT_EQ(text, "g() 0@10/100: 1@10/100: 2@10/100: 3@10/100:;");
  EXPECT_EQ(starts.size(), 3u);
}

TEST_F(GroupDirectory, SaysWhyAGroupCannotBeStarted) {
  start();
  start_failure = {errc::shutting_down, "the node stops"};
  EXPECT_EQ(join("a"), "shutting-down: the node stops");
  start_failure = {};
  EXPECT_EQ(join("a"), "every 3000 ms");
}

TEST_F(GroupDirectory, KnowsTheGroupsOfTheLog) {
  make_group("g");
  world->offsets[{{1}, 2}] = {55};
  start();
  EXPECT_EQ(query(), "g() 0@10/100: 1@10/100: 2@55/100: 3@10/100:;");
}

TEST_F(GroupDirectory, DoesNotKnowGroupsThatNobodyJoined) {
  start();
  EXPECT_EQ(query("x").rfind("unknown-group: group 'x'", 0), 0u);
  EXPECT_EQ(reset(schema::StartFrom::LATEST, "t", "x").rfind("unknown-group"),
            0u);
  EXPECT_TRUE(starts.empty());
}

TEST_F(GroupDirectory, ListsAllGroups) {
  for (int i = 0; i < 40; ++i)
    make_group("offline" + std::to_string(100 + i));
  start();
  join("a", "live");
  const auto text = query("");
  EXPECT_EQ(text.rfind("live(a) 0@10/100:a 1@10/100:a", 0), 0u) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), ';'), 41);
}

TEST_F(GroupDirectory, ListsNothingWhenThereIsNothing) {
  start();
  EXPECT_EQ(query(""), "");
}

TEST_F(GroupDirectory, ListsAGroupThatCannotBeAskedByItsName) {
  make_group("g");
  start_failure = {errc::busy, "no"};
  start();
  EXPECT_EQ(query(""), "g();");
}

TEST_F(GroupDirectory, LetsIdleCoordinatorsGo) {
  start();
  join("a");
  report("a", {}, true);
  for (int i = 0; i < 4; ++i)
    advance(services->idle_after / 2);
  EXPECT_EQ(report("a").rfind("unknown-member: group 'g' has no members", 0),
            0u);
  EXPECT_EQ(starts.size(), 1u);
  EXPECT_EQ(join("a"), "every 3000 ms");
  EXPECT_EQ(starts.size(), 2u);
}

TEST_F(GroupDirectory, KeepsCoordinatorsThatAreInUse) {
  start();
  join("a");
  for (int i = 0; i < 60; ++i) {
    advance(3s);
    EXPECT_EQ(report("a"), "0");
  }
  EXPECT_EQ(starts.size(), 1u);
}

TEST_F(GroupDirectory, PassesOnWhatMembersGiveBack) {
  start();
  EXPECT_EQ(give_back("g", 3, 5), "at 4711");
  EXPECT_EQ(give_back("g", -1, -1), "at 4711");
  EXPECT_EQ(world->given_back,
            (std::vector<std::string>{"g 100 level 3 limit 5 id 100",
                                      "g 100 level -1 limit none id 100"}));
  EXPECT_TRUE(starts.empty());
}

TEST_F(GroupDirectory, SaysWhyAMessageIsNotTakenBack) {
  start();
  EXPECT_EQ(give_back("no spaces", 0, -1).rfind("illegal-name", 0), 0u);
  world->retry_failure = {errc::not_found, "no message"};
  EXPECT_EQ(give_back("g", 0, -1), "not-found: no message");
  retry = nullptr;
  EXPECT_EQ(give_back("g", 0, -1), "restarting: it is being restarted");
  EXPECT_TRUE(world->given_back.empty());
}

TEST_F(GroupDirectory, RefusesAJoinToAGroupThatIsNotMadeByItself) {
  start();
  world->group_failure = {errc::unknown_group, "no"};
  EXPECT_EQ(join("a"), "unknown-group: no");
  EXPECT_TRUE(starts.empty());
  world->group_failure = {};
  EXPECT_EQ(join("a"), "every 3000 ms");
}

} // namespace apogee::groups
