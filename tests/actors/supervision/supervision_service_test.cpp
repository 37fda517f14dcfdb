#include "actors/supervision/supervision_service.hpp"
#include "tests/actors/supervision/supervision_test.hpp"

#include <gmock/gmock.h>

namespace apogee::supervision {
namespace {

using testing::HasSubstr;

class SupervisionService : public supervision_test {
protected:
  void SetUp() override {
    start(tree_of(
      restart_strategy::rest_for_one,
      {as_child(tree_of(restart_strategy::one_for_one,
                        {worker("a"), stubborn_worker("b")}, "storage"))}));
    spawn_service(true);
  }

  ~SupervisionService() override {
    caf::anon_send_exit(service, caf::exit_reason::kill);
    run();
  }

  void spawn_service(bool drills_enabled) {
    if (service)
      caf::anon_send_exit(service, caf::exit_reason::kill);
    service = sys.spawn(supervision_service, tree, drills_enabled);
  }

  /// Sends `request` and gives `read(reply)` or the failure.
  template <class Reply, class Request, class Read>
  failure ask(const Request& request, Read read,
              milliseconds step = milliseconds{0}) {
    auto reply = self->request(service, caf::infinite, request);
    run();
    for (int n = 0; n < 2; ++n)
      if (step.count() > 0)
        advance(step);
    failure out;
    reply.receive([&](const envelope<Reply>& got) { (void)got.read(read); },
                  [&](const caf::error& why) { out = to_failure(why); });
    return out;
  }

  failure crash(const std::string& path, milliseconds step = milliseconds{0}) {
    const auto request = envelope<schema::CrashRequest>::build(
      [&](schema::CrashRequest::Builder b) { b.setPath(path); });
    std::string answered;
    auto why = ask<schema::CrashReply>(
      request,
      [&](schema::CrashReply::Reader r) { answered = r.getPath().cStr(); },
      step);
    if (why.code == errc::none) {
      EXPECT_EQ(answered, path);
    }
    return why;
  }

  names tree_lines() {
    names out;
    const auto why = ask<schema::TreeReply>(
      envelope<schema::TreeRequest>{}, [&](schema::TreeReply::Reader reply) {
        for (const auto& node : reply.getNodes())
          out.push_back(std::string{node.getPath().cStr()} + " "
                        + node.getKind().cStr() + " " + node.getState().cStr()
                        + " " + std::to_string(node.getRestarts()) + " "
                        + node.getStrategy().cStr());
      });
    EXPECT_EQ(why.code, errc::none);
    return out;
  }

  supervision_service_actor service;
};

TEST_F(SupervisionService, ListsTheTree) {
  boom("node/storage/a");
  EXPECT_EQ(tree_lines(),
            (names{"node supervisor running 0 rest_for_one",
                   "node/storage supervisor running 0 one_for_one",
                   "node/storage/a worker running 1 ",
                   "node/storage/b worker running 0 "}));
}

TEST_F(SupervisionService,
       ListsAThousandChildrenOfASupervisorAndCountsTheRest) {
  for (int n = 0; n < 1'005; ++n)
    caf::anon_send(root, start_child{worker("q" + std::to_string(n))});
  run();
  const auto lines = tree_lines();
  EXPECT_EQ(lines.back(), "node/… more 6 not listed 0 ");
  EXPECT_EQ(lines.size(), 1'000u + 4u);
}

TEST_F(SupervisionService, TellsTheNewestEvents) {
  boom("node/storage/a");
  names out;
  const auto request = envelope<schema::LogRequest>::build(
    [](schema::LogRequest::Builder b) { b.setCountMax(2); });
  const auto why =
    ask<schema::LogReply>(request, [&](schema::LogReply::Reader reply) {
      for (const auto& e : reply.getEvents())
        out.push_back(std::to_string(e.getSequence()) + " " + e.getNode().cStr()
                      + " " + e.getEvent().cStr() + " " + e.getReason().cStr()
                      + " " + e.getDecision().cStr());
    });
  EXPECT_EQ(why.code, errc::none);
  EXPECT_EQ(
    out, (names{"5 n1 crash crashed: boom restart at once", "6 n1 restart  "}));
}

TEST_F(SupervisionService, MakesAnActorFailAndAnswersWhenItHas) {
  const auto before = actor_at("node/storage/a");
  EXPECT_EQ(crash("node/storage/a").code, errc::none);
  EXPECT_NE(actor_at("node/storage/a"), before);
  EXPECT_EQ(last_event(event_kind::crash).reason,
            "crashed: made to fail by a drill");
}

TEST_F(SupervisionService, KillsAnActorThatIgnoresTheDrill) {
  EXPECT_EQ(crash("node/storage/b", milliseconds{500}).code, errc::none);
  EXPECT_EQ(last_event(event_kind::crash).path, "node/storage/b");
}

TEST_F(SupervisionService, MakesASupervisorFail) {
  EXPECT_EQ(crash("node/storage").code, errc::none);
  EXPECT_EQ(last_event(event_kind::restart).path, "node/storage");
  EXPECT_EQ(state_of("node/storage/a"), errc::none);
}

TEST_F(SupervisionService, MakesTheRootFail) {
  EXPECT_EQ(crash("node").code, errc::none);
  EXPECT_TRUE(root_end.has_value());
}

TEST_F(SupervisionService, RefusesADrillWhereTheyAreOff) {
  spawn_service(false);
  const auto why = crash("node/storage/a");
  EXPECT_EQ(why.code, errc::permission_denied);
  EXPECT_THAT(why.text, HasSubstr("`[drills] enabled = true`"));
}

TEST_F(SupervisionService, NamesTheNearestPathsToAnUnknownOne) {
  const auto why = crash("node/storage/aa");
  EXPECT_EQ(why.code, errc::unknown_actor);
  EXPECT_THAT(why.text, HasSubstr("node/storage/a"));
}

TEST_F(SupervisionService, RefusesABrokenEnvelopeNamingThePeer) {
  const auto broken = envelope<schema::CrashRequest>::from_words({}, "cut");
  auto why = ask<schema::CrashReply>(broken, [](schema::CrashReply::Reader) {});
  EXPECT_EQ(why.code, errc::malformed);
  EXPECT_THAT(why.text, HasSubstr(to_string(sys.node())));
}

} // namespace
} // namespace apogee::supervision
