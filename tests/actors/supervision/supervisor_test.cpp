#include "tests/actors/supervision/supervision_test.hpp"

namespace apogee::supervision {
namespace {

class Supervisor : public supervision_test {
protected:
  void start_abc(restart_strategy strategy) {
    start(tree_of(strategy, {worker("a"), worker("b"), worker("c")}));
    started.clear();
    events();
  }

  /// node/storage/(a, b) and node/c; storage restarts the rest for one.
  void start_nested() {
    start(tree_of(restart_strategy::rest_for_one,
                  {as_child(tree_of(restart_strategy::rest_for_one,
                                    {worker("a"), worker("b")}, "storage")),
                   worker("c")}));
  }
};

TEST_F(Supervisor, StartsItsChildrenInOrderAndSaysWhenAllRun) {
  start(tree_of(restart_strategy::one_for_one, {worker("a"), worker("b")}));
  EXPECT_EQ(started, (names{"a", "b"}));
  EXPECT_TRUE(is_ready);
  EXPECT_EQ(events(), (names{"start node/a", "start node/b", "start node"}));
}

TEST_F(Supervisor, OneForOneRestartsTheChildAlone) {
  start_abc(restart_strategy::one_for_one);
  const auto before = actor_at("node/a");
  boom("node/b");
  EXPECT_EQ(started, names{"b"});
  EXPECT_EQ(actor_at("node/a"), before);
  EXPECT_EQ(events(), (names{"crash node/b", "restart node/b"}));
}

TEST_F(Supervisor, RestForOneStopsAndRestartsWhatWasStartedAfter) {
  start_abc(restart_strategy::rest_for_one);
  boom("node/b");
  EXPECT_EQ(ended, (names{"b", "c"}));
  EXPECT_EQ(started, (names{"b", "c"}));
  EXPECT_EQ(events(), (names{"crash node/b", "stop node/c", "restart node/b",
                             "restart node/c"}));
}

TEST_F(Supervisor, OneForAllRestartsAllInOrder) {
  start_abc(restart_strategy::one_for_all);
  boom("node/b");
  EXPECT_EQ(ended, (names{"b", "c", "a"}));
  EXPECT_EQ(started, (names{"a", "b", "c"}));
}

TEST_F(Supervisor, TellsWhatAnExceptionSaid) {
  start_abc(restart_strategy::one_for_one);
  boom("node/b");
  EXPECT_EQ(last_event(event_kind::crash).reason, "crashed: boom");
  EXPECT_EQ(last_event(event_kind::crash).decision, "restart at once");
}

TEST_F(Supervisor, WaitsLongerFromOneRestartToTheNext) {
  start_abc(restart_strategy::one_for_one);
  boom("node/b");
  boom("node/b");
  EXPECT_EQ(started, names{"b"});
  EXPECT_EQ(state_of("node/b"), errc::restarting);
  advance(milliseconds{10});
  EXPECT_EQ(started, (names{"b", "b"}));
  boom("node/b");
  advance(milliseconds{19});
  EXPECT_EQ(started, (names{"b", "b"}));
  advance(milliseconds{1});
  EXPECT_EQ(started, (names{"b", "b", "b"}));
}

TEST_F(Supervisor, TheFifthCrashInARowEndsTheTreeWithTheReason) {
  start_abc(restart_strategy::one_for_one);
  for (int n = 0; n < 5; ++n) {
    boom("node/b");
    advance(milliseconds{100});
  }
  ASSERT_TRUE(root_end.has_value());
  const auto why = to_failure(*root_end);
  EXPECT_EQ(why.code, errc::gave_up);
  EXPECT_EQ(why.text, "node/b failed 5 times within 10000ms; the last time: "
                      "crashed: boom");
  EXPECT_EQ(last_event(event_kind::crash).restarts, 5u);
  EXPECT_EQ(last_event(event_kind::give_up).decision, "stop the node");
  EXPECT_EQ(last_event(event_kind::stop).path, "node");
}

TEST_F(Supervisor, CrashesThatAreFarApartAreRepairedForEver) {
  start_abc(restart_strategy::one_for_one);
  for (int n = 0; n < 50; ++n) {
    boom("node/b");
    advance(milliseconds{3'000});
  }
  EXPECT_EQ(started.size(), 50u);
  EXPECT_FALSE(root_end.has_value());
}

TEST_F(Supervisor, PassesAGiveUpThroughTwoLevelsToTheRoot) {
  start_nested();
  for (int n = 0; n < 5; ++n) {
    boom("node/storage/a");
    advance(milliseconds{100});
  }
  ASSERT_TRUE(root_end.has_value());
  EXPECT_EQ(to_failure(*root_end).code, errc::gave_up);
  EXPECT_EQ(last_event(event_kind::escalate).path, "node/storage");
  EXPECT_EQ(last_event(event_kind::give_up).path, "node");
}

TEST_F(Supervisor, MayCountAGiveUpLikeACrash) {
  auto spec = tree_of(restart_strategy::rest_for_one,
                      {as_child(tree_of(restart_strategy::one_for_one,
                                        {worker("a")}, "storage"))});
  spec.fatal = {errc::storage_failed};
  start(std::move(spec));
  for (int n = 0; n < 5; ++n) {
    boom("node/storage/a");
    advance(milliseconds{100});
  }
  EXPECT_FALSE(root_end.has_value());
  EXPECT_EQ(state_of("node/storage/a"), errc::none);
  EXPECT_EQ(last_event(event_kind::restart).path, "node/storage");
}

TEST_F(Supervisor, PassesLostDurabilityUpwardsWithoutARestart) {
  start_nested();
  started.clear();
  order("node/storage/a", "lost");
  ASSERT_TRUE(root_end.has_value());
  EXPECT_EQ(to_failure(*root_end).code, errc::storage_failed);
  EXPECT_EQ(to_failure(*root_end).text, "node/storage/a: fsync failed");
  EXPECT_EQ(started, names{});
  EXPECT_EQ(ended, (names{"a", "b", "c"}));
}

TEST_F(Supervisor, AFactoryThatFailsCountsLikeACrash) {
  refusals["node/b"] = {errc::unreachable, "no connection"};
  start(tree_of(restart_strategy::one_for_one,
                {worker("a"), worker("b"), worker("c")}));
  EXPECT_EQ(started, (names{"a", "b", "b"}));
  EXPECT_EQ(last_event(event_kind::crash).reason,
            "unreachable: cannot be started: no connection");
  refusals.clear();
  advance(milliseconds{10});
  EXPECT_EQ(started, (names{"a", "b", "b", "b", "c"}));
  EXPECT_TRUE(is_ready);
}

TEST_F(Supervisor, AFactoryThatNeverSucceedsEndsTheTree) {
  refusals["node/b"] = {errc::unreachable, "no connection"};
  start(tree_of(restart_strategy::one_for_one, {worker("a"), worker("b")}));
  for (int n = 0; n < 3; ++n)
    advance(milliseconds{100});
  ASSERT_TRUE(root_end.has_value());
  EXPECT_FALSE(is_ready);
  EXPECT_EQ(ended, names{"a"});
}

TEST_F(Supervisor, AStoreInUseIsNotTriedAgain) {
  refusals["node/storage/a"] = {errc::in_use, "another process has it"};
  start_nested();
  EXPECT_EQ(started, names{"a"});
  ASSERT_TRUE(root_end.has_value());
  EXPECT_EQ(to_string(to_failure(*root_end)),
            "in-use: node/storage/a: cannot be started: another process has "
            "it");
}

TEST_F(Supervisor, AFactoryMayThrow) {
  auto spec = worker("a");
  spec.factory = [](const start_context&) -> result<caf::actor> {
    throw std::runtime_error("no luck");
  };
  start(tree_of(restart_strategy::one_for_one, {spec}));
  EXPECT_EQ(last_event(event_kind::crash).reason,
            "crashed: cannot be started: no luck");
}

TEST_F(Supervisor, StopsItsChildrenInReverseOrder) {
  start_nested();
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  run();
  EXPECT_EQ(ended, (names{"c", "b", "a"}));
  ASSERT_TRUE(root_end.has_value());
  EXPECT_TRUE(is_orderly(*root_end));
  EXPECT_EQ(last_event(event_kind::stop).path, "node");
}

TEST_F(Supervisor, StoppingTwiceIsStoppingOnce) {
  start(tree_of(restart_strategy::one_for_one, {stubborn_worker("a")}));
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  run();
  EXPECT_EQ(events().size(), 2u); // the two starts
  advance(milliseconds{5'000});
  EXPECT_TRUE(is_orderly(*root_end));
}

TEST_F(Supervisor, KillsAChildThatRefusesToStop) {
  start(tree_of(restart_strategy::one_for_one,
                {worker("a"), stubborn_worker("b"), worker("c")}));
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  run();
  EXPECT_EQ(ended, names{"c"});
  advance(milliseconds{5'000});
  EXPECT_EQ(ended, (names{"c", "b", "a"}));
  EXPECT_EQ(tree.log->events(0, 100).at(5).reason,
            "killed: it did not end within 5000ms");
}

TEST_F(Supervisor, LeavesAChildBehindThatHangsWhenTheTreeStops) {
  start(
    tree_of(restart_strategy::one_for_one, {worker("a"), hanging_worker("b")}));
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  run();
  advance(milliseconds{5'000});
  EXPECT_FALSE(root_end.has_value());
  advance(kill_timeout);
  EXPECT_EQ(ended, names{"a"});
  EXPECT_EQ(to_failure(*root_end).code, errc::gave_up);
  let_go.set_value();
}

TEST_F(Supervisor, DoesNotStartAChildNextToOneThatHangs) {
  start(tree_of(restart_strategy::rest_for_one,
                {worker("a"), hanging_worker("b")}));
  boom("node/a");
  advance(milliseconds{5'000});
  advance(kill_timeout);
  EXPECT_EQ(started, (names{"a", "b"}));
  ASSERT_TRUE(root_end.has_value());
  EXPECT_EQ(to_string(to_failure(*root_end)),
            "gave-up: node/b: it hangs: it does not end when it is killed");
  let_go.set_value();
}

TEST_F(Supervisor, StopsWhileAChildWaitsForItsRestart) {
  start_abc(restart_strategy::one_for_one);
  boom("node/b");
  boom("node/b");
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  run();
  EXPECT_TRUE(root_end.has_value());
  EXPECT_EQ(started, names{"b"});
}

TEST_F(Supervisor, TransientChildrenEndWhenTheyAreDone) {
  start(tree_of(restart_strategy::one_for_one,
                {worker("a", child_kind::transient)}));
  boom("node/a");
  EXPECT_EQ(started, (names{"a", "a"}));
  order("node/a", "done");
  EXPECT_EQ(started, (names{"a", "a"}));
  EXPECT_EQ(state_of("node/a"), errc::closed);
}

TEST_F(Supervisor, PermanentChildrenAreRestartedWhenTheyEndInOrder) {
  start(tree_of(restart_strategy::one_for_one, {worker("a")}));
  order("node/a", "done");
  EXPECT_EQ(state_of("node/a"), errc::none);
  EXPECT_EQ(last_event(event_kind::crash).reason, "closed: it ended by itself");
}

TEST_F(Supervisor, WaitsForAChildThatReportsWhenItIsReady) {
  start(
    tree_of(restart_strategy::one_for_one, {slow_worker("a"), worker("b")}));
  EXPECT_EQ(started, names{"a"});
  EXPECT_EQ(state_of("node/a"), errc::restarting);
  caf::anon_send(slow, "ready");
  run();
  EXPECT_EQ(started, (names{"a", "b"}));
  EXPECT_EQ(actor_at("node/a"), slow);
}

TEST_F(Supervisor, KillsAChildThatDoesNotBecomeReady) {
  auto slow_one = slow_worker("a");
  slow_one.start_timeout = milliseconds{300};
  start(tree_of(restart_strategy::one_for_one, {slow_one}));
  advance(milliseconds{300});
  EXPECT_EQ(last_event(event_kind::crash).reason,
            "timeout: not ready within 300ms; killed");
  EXPECT_EQ(started, (names{"a", "a"}));
}

TEST_F(Supervisor, ChildrenOfAFailedSupervisorEndBeforeItIsRestarted) {
  start_nested();
  started.clear();
  self->send_exit(actor_at("node/storage"), drill());
  run();
  EXPECT_EQ(ended.size(), 3u);
  EXPECT_EQ(started, (names{"a", "b", "c"}));
  EXPECT_EQ(state_of("node/storage/a"), errc::none);
  EXPECT_EQ(last_event(event_kind::crash).path, "node/storage");
}

TEST_F(Supervisor, ChildrenOfAKilledSupervisorEndToo) {
  start_nested();
  started.clear();
  caf::anon_send_exit(actor_at("node/storage"), caf::exit_reason::kill);
  run();
  EXPECT_EQ(started, (names{"a", "b", "c"}));
}

TEST_F(Supervisor, AFailingRootTakesItsTreeWithIt) {
  start_nested();
  self->send_exit(root, drill());
  run();
  EXPECT_EQ(ended.size(), 3u);
  EXPECT_EQ(to_failure(*root_end).code, errc::crashed);
}

TEST_F(Supervisor, AWorkerFindsThePresentHandleOfAnEarlierSibling) {
  std::vector<caf::actor> seen;
  auto b = worker("b");
  b.factory = [inner = b.factory, &seen](const start_context& context) {
    auto sibling = context.sibling("a");
    EXPECT_TRUE(sibling.has_value());
    // The part of the tree that is named may not be there yet, or again.
    EXPECT_EQ(context.at("node/z").error().code, errc::restarting);
    if (sibling)
      seen.push_back(*sibling);
    return inner(context);
  };
  start(tree_of(restart_strategy::rest_for_one, {worker("a"), b}));
  boom("node/a");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_NE(seen[0], seen[1]);
  EXPECT_EQ(seen[1], actor_at("node/a"));
}

TEST_F(Supervisor, TwoChildrenFailingAtOnceAreBothRestarted) {
  start_abc(restart_strategy::rest_for_one);
  caf::anon_send(actor_at("node/c"), "boom");
  caf::anon_send(actor_at("node/a"), "boom");
  run();
  advance(milliseconds{100});
  for (const auto* path : {"node/a", "node/b", "node/c"})
    EXPECT_EQ(state_of(path), errc::none) << path;
}

TEST_F(Supervisor, AFailureOfTheLastFlushIsTheReasonOfTheStop) {
  start(tree_of(restart_strategy::one_for_one, {losing_worker("a")}));
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  run();
  ASSERT_TRUE(root_end.has_value());
  EXPECT_EQ(to_failure(*root_end).code, errc::storage_failed);
}

TEST_F(Supervisor, DurabilityLostWhileASiblingIsRestartedEndsTheTree) {
  start(tree_of(restart_strategy::rest_for_one,
                {worker("a"), losing_worker("b"), worker("c")}));
  started.clear();
  boom("node/a");
  ASSERT_TRUE(root_end.has_value());
  EXPECT_EQ(to_string(to_failure(*root_end)),
            "storage-failed: node/b: last flush failed");
  EXPECT_EQ(started, names{});
}

TEST_F(Supervisor, DurabilityLostBelowASupervisorThatFailsEndsTheTree) {
  start_nested();
  started.clear();
  caf::anon_send(actor_at("node/storage/a"), "lost");
  self->send_exit(actor_at("node/storage"), drill());
  run();
  ASSERT_TRUE(root_end.has_value());
  EXPECT_EQ(to_failure(*root_end).code, errc::storage_failed);
  EXPECT_EQ(started, names{});
}

} // namespace
} // namespace apogee::supervision
