#include "tests/actors/supervision/supervision_test.hpp"

namespace apogee::supervision {
namespace {

class DynamicChildren : public supervision_test {
protected:
  void SetUp() override {
    start(tree_of(restart_strategy::rest_for_one, {worker("a")}));
    events();
  }

  result<caf::actor> ask(const child_spec& spec) {
    auto reply = self->request(root, caf::infinite, start_child{spec});
    run();
    result<caf::actor> out{errc::none, ""};
    reply.receive([&](caf::actor& made) { out = made; },
                  [&](caf::error& why) { out = to_failure(why); });
    return out;
  }

  caf::actor open(const std::string& name) {
    auto made = ask(worker(name));
    EXPECT_TRUE(made.has_value());
    return made ? *made : caf::actor{};
  }
};

TEST_F(DynamicChildren, AreStartedOnRequestAndFoundByName) {
  const auto made = open("orders-3");
  EXPECT_EQ(actor_at("node/orders-3"), made);
  EXPECT_EQ(open("orders-3"), made);
  EXPECT_EQ(started, (names{"a", "orders-3"}));
}

TEST_F(DynamicChildren, AreForgottenWhenTheyEndAndMakeNoNoise) {
  open("orders-3");
  order("node/orders-3", "done");
  EXPECT_EQ(state_of("node/orders-3"), errc::unknown_actor);
  EXPECT_EQ(events(), names{});
}

TEST_F(DynamicChildren, AreNotRestartedWhenTheyFailButLoggedAndCounted) {
  for (int n = 0; n < 4; ++n) {
    open("orders-3");
    boom("node/orders-3");
  }
  EXPECT_FALSE(root_end.has_value());
  EXPECT_EQ(events(), names(4, "crash node/orders-3"));
  EXPECT_EQ(last_event(event_kind::crash).decision,
            "start it again on the next use");
  open("orders-3");
  boom("node/orders-3");
  EXPECT_TRUE(root_end.has_value());
}

TEST_F(DynamicChildren, LostDurabilityInOneStopsTheTree) {
  open("orders-3");
  order("node/orders-3", "lost");
  ASSERT_TRUE(root_end.has_value());
  EXPECT_EQ(to_failure(*root_end).code, errc::storage_failed);
}

TEST_F(DynamicChildren, AFactoryThatFailsIsAnsweredAndCountsForNothing) {
  refusals["node/orders-3"] = {errc::unknown_topic, "no topic 'orders'"};
  for (int n = 0; n < 100; ++n)
    EXPECT_EQ(ask(worker("orders-3")).error().code, errc::unknown_topic);
  EXPECT_EQ(events(), names{});
  EXPECT_FALSE(root_end.has_value());
}

TEST_F(DynamicChildren, AFatalFactoryFailureStopsTheTree) {
  refusals["node/orders-3"] = {errc::storage_failed, "read failed"};
  EXPECT_EQ(ask(worker("orders-3")).error().code, errc::storage_failed);
  EXPECT_TRUE(root_end.has_value());
}

TEST_F(DynamicChildren, NamesThatBreakThePathAreRefused) {
  for (const auto* name : {"", "a/b", "a b", "a\nb", "\"", "a"})
    EXPECT_EQ(ask(worker(name)).error().code, errc::illegal_name) << name;
}

TEST_F(DynamicChildren, EndBeforeTheOthersWhenTheTreeStops) {
  open("orders-1");
  open("orders-2");
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  run();
  ASSERT_EQ(ended.size(), 3u);
  EXPECT_EQ(ended.back(), "a");
  EXPECT_TRUE(is_orderly(*root_end));
}

TEST_F(DynamicChildren, EndWhenAnEarlierChildIsRestarted) {
  open("orders-1");
  boom("node/a");
  EXPECT_EQ(ended, (names{"a", "orders-1"}));
  EXPECT_EQ(state_of("node/orders-1"), errc::unknown_actor);
  EXPECT_EQ(state_of("node/a"), errc::none);
}

TEST_F(DynamicChildren, ThatRefuseToStopAreKilled) {
  ASSERT_TRUE(ask(stubborn_worker("orders-1")).has_value());
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  run();
  EXPECT_FALSE(root_end.has_value());
  advance(milliseconds{5'000});
  EXPECT_TRUE(is_orderly(*root_end));
}

TEST_F(DynamicChildren, StartedWhileTheTreeAboveFailsEndWithIt) {
  const auto writers = tree_of(restart_strategy::one_for_one, {}, "writers");
  const auto storage =
    tree_of(restart_strategy::one_for_one, {as_child(writers)}, "storage");
  caf::anon_send_exit(root, caf::exit_reason::kill);
  run();
  start(tree_of(restart_strategy::one_for_one, {as_child(storage)}));
  auto late = worker("late");
  late.factory = [this, make = late.factory](const start_context& context) {
    // Above, all is killed while this actor is being made.
    caf::anon_send_exit(actor_at("node/storage"), caf::exit_reason::kill);
    run();
    return make(context);
  };
  caf::anon_send(actor_at("node/storage/writers"), start_child{late});
  run();
  EXPECT_EQ(ended.back(), "late");
  EXPECT_EQ(state_of("node/storage/writers"), errc::none);
  EXPECT_EQ(state_of("node/storage/writers/late"), errc::unknown_actor);
}

TEST_F(DynamicChildren, ManyOverTimeLeaveNothingBehind) {
  const auto before = tree.actors->size();
  for (int round = 0; round < 80; ++round) {
    for (int n = 0; n < 1'000; ++n) {
      auto spec = worker("q" + std::to_string(round * 1'000 + n));
      caf::anon_send(root, start_child{spec});
    }
    run();
    EXPECT_EQ(tree.actors->size(), before + 1'000);
    for (int n = 0; n < 1'000; ++n)
      caf::anon_send(actor_at("node/q" + std::to_string(round * 1'000 + n)),
                     "done");
    run();
    ASSERT_EQ(tree.actors->size(), before);
  }
  EXPECT_EQ(ended.size(), 80'000u);
  EXPECT_EQ(events(), names{});
}

} // namespace
} // namespace apogee::supervision
