#include "actors/groups/groups_tree.hpp"
#include "actors/supervision/supervision_log.hpp"
#include "actors/supervision/supervisor.hpp"
#include "tests/actors/groups/groups_test.hpp"

namespace apogee::groups {

using namespace std::chrono_literals;

/// The groups under their supervisor.
class GroupsTree : public groups_test {
protected:
  void SetUp() override {
    supervision::supervision_log_options options;
    options.console = false;
    tree.log = std::make_shared<supervision::supervision_log>(options);
    tree.actors = std::make_shared<supervision::directory>(
      std::map<std::string, std::string>{{"groups", "groups/directory"}});
    root = supervision::spawn_root(sys, tree, groups_tree(services), [] {});
    run();
    const auto found = tree.actors->find_service("groups");
    ASSERT_TRUE(found) << to_string(found.error());
    service = caf::actor_cast<group_membership_actor>(*found);
  }

  void TearDown() override {
    caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
    run();
    advance(60s);
    groups_test::TearDown();
  }

  supervision::tree_context tree;
  caf::actor root;
};

TEST_F(GroupsTree, AGroupIsAChildUnderItsName) {
  join("a", "directory");
  EXPECT_TRUE(tree.actors->find("groups/group:directory"));
  EXPECT_EQ(assigned("a"), "0@10 1@10 2@10 3@10 ");
}

TEST_F(GroupsTree, AGroupThatCrashedIsThereAgainForTheNextJoin) {
  join("a");
  report("a", {{0, 42}});
  advance(500ms);
  const auto before = tree.actors->find("groups/group:g");
  ASSERT_TRUE(before);
  end(*before);
  EXPECT_EQ(report("a").rfind("unknown-member", 0), 0u);
  EXPECT_EQ(join("a"), "every 3000 ms");
  EXPECT_EQ(assigned("a"), "0@42 1@10 2@10 3@10 ");
}

TEST_F(GroupsTree, GroupsOutliveTheirDirectory) {
  join("a");
  const auto before = tree.actors->find_service("groups");
  ASSERT_TRUE(before);
  end(*before);
  advance(1s);
  const auto after = tree.actors->find_service("groups");
  ASSERT_TRUE(after) << to_string(after.error());
  service = caf::actor_cast<group_membership_actor>(*after);
  EXPECT_EQ(query(), "g(a) 0@10/100:a 1@10/100:a 2@10/100:a 3@10/100:a;");
  EXPECT_EQ(report("a", {{0, 20}}), "1");
}

TEST_F(GroupsTree, AnIdleGroupLeavesTheTree) {
  join("a");
  report("a", {}, true);
  for (int i = 0; i < 4; ++i)
    advance(services->idle_after / 2);
  EXPECT_FALSE(tree.actors->find("groups/group:g"));
  EXPECT_EQ(join("a"), "every 3000 ms");
}

} // namespace apogee::groups
