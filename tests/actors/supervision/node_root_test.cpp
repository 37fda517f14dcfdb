#include "actors/supervision/node_root.hpp"
#include "tests/actors/supervision/supervision_test.hpp"

#include <gmock/gmock.h>

namespace apogee::supervision {
namespace {

using testing::HasSubstr;

class NodeRoot : public supervision_test {
protected:
  ~NodeRoot() override {
    if (node)
      node->stop();
    run();
    advance(milliseconds{60'000});
  }

  void start_node() {
    node_root_options options;
    options.node = "n1";
    options.program_version = "0.1.0";
    options.supervision.log.clear();
    options.supervision.log_to_console = false;
    options.services = {{"broker", "node/a"}};
    options.on_ready = [this] { is_ready = true; };
    options.on_stopped = [this](const failure& why) { stops.push_back(why); };
    node = spawn_node_root(
      sys,
      tree_of(restart_strategy::rest_for_one, {worker("a"), worker("b")}, ""),
      std::move(options));
    tree = node->tree();
    run();
  }

  struct greeting {
    failure why;
    std::string node;
    caf::actor service;
  };

  greeting hello(const envelope<schema::Hello>& message) {
    auto door = caf::actor_cast<node_door_actor>(actor_at("node/door"));
    auto reply = self->request(door, caf::infinite, message);
    run();
    greeting out;
    reply.receive(
      [&](const envelope<schema::Welcome>& welcome,
          const caf::strong_actor_ptr& service) {
        (void)welcome.read(
          [&](schema::Welcome::Reader r) { out.node = r.getNode().cStr(); });
        out.service = caf::actor_cast<caf::actor>(service);
      },
      [&](const caf::error& why) { out.why = to_failure(why); });
    return out;
  }

  greeting hello(const std::string& service,
                 std::uint32_t version = protocol_version) {
    return hello(envelope<schema::Hello>::build([&](schema::Hello::Builder b) {
      b.setProtocolVersion(version);
      b.setProgramVersion("9.9.9");
      b.setService(service);
    }));
  }

  std::optional<node_root> node;
  std::vector<failure> stops;
};

TEST_F(NodeRoot, RunsTheTreeTheSupervisionServiceAndTheDoor) {
  start_node();
  EXPECT_TRUE(is_ready);
  for (const auto* path :
       {"node", "node/a", "node/b", "node/supervision", "node/door"})
    EXPECT_EQ(state_of(path), errc::none) << path;
}

TEST_F(NodeRoot, TheDoorGivesThePresentHandleOfAService) {
  start_node();
  const auto before = hello("broker");
  EXPECT_EQ(before.node, "n1");
  EXPECT_EQ(before.service, actor_at("node/a"));
  boom("node/a");
  const auto after = hello("broker");
  EXPECT_NE(after.service, before.service);
  EXPECT_EQ(after.service, actor_at("node/a"));
}

TEST_F(NodeRoot, TheDoorSaysThatAServiceIsBeingRestarted) {
  start_node();
  // The door itself is restarted with "a": ask a private one.
  auto door =
    sys.spawn(node_door, std::shared_ptr<const directory>{tree.actors},
              node_door_options{"n1", "0.1.0"});
  boom("node/a");
  boom("node/a");
  auto reply =
    self->request(door, caf::infinite,
                  envelope<schema::Hello>::build([](schema::Hello::Builder b) {
                    b.setProtocolVersion(protocol_version);
                    b.setService("broker");
                  }));
  run();
  failure why;
  reply.receive(
    [](const envelope<schema::Welcome>&, const caf::strong_actor_ptr&) {},
    [&](const caf::error& e) { why = to_failure(e); });
  EXPECT_EQ(why.code, errc::restarting);
}

TEST_F(NodeRoot, TheDoorRefusesAPeerOfAnotherVersionNamingBoth) {
  start_node();
  const auto why = hello("broker", 77).why;
  EXPECT_EQ(why.code, errc::version_mismatch);
  EXPECT_THAT(why.text, HasSubstr("protocol 77 (program 9.9.9)"));
  EXPECT_THAT(why.text, HasSubstr("protocol 1 (program 0.1.0)"));
}

TEST_F(NodeRoot, TheDoorNamesTheServicesThereAre) {
  start_node();
  const auto why = hello("brokker").why;
  EXPECT_EQ(why.code, errc::unknown_service);
  EXPECT_THAT(why.text, HasSubstr("it has: broker, supervision"));
}

TEST_F(NodeRoot, TheDoorNamesThePeerOfABrokenMessage) {
  start_node();
  const auto why =
    hello(envelope<schema::Hello>::from_words({}, "cut off")).why;
  EXPECT_EQ(why.code, errc::malformed);
  EXPECT_THAT(why.text, HasSubstr(to_string(sys.node())));
}

TEST_F(NodeRoot, StopsInReverseOrderAndSaysSoOnce) {
  start_node();
  node->stop();
  node->stop();
  run();
  EXPECT_EQ(ended, (names{"b", "a"}));
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_EQ(stops[0].code, errc::none);
  node->stop();
  run();
  EXPECT_EQ(stops.size(), 1u);
}

TEST_F(NodeRoot, SaysWhyItGaveUp) {
  start_node();
  order("node/b", "lost");
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_EQ(to_string(stops[0]), "storage-failed: node/b: fsync failed");
}

TEST_F(NodeRoot, StopsWithAReasonWhenTheRootItselfFails) {
  start_node();
  self->send_exit(node->supervisor(), drill());
  run();
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_EQ(stops[0].code, errc::crashed);
}

TEST_F(NodeRoot, RestartsTheDoorAndTheSupervisionService) {
  start_node();
  self->send_exit(actor_at("node/supervision"), drill());
  run();
  self->send_exit(actor_at("node/door"), drill());
  run();
  advance(milliseconds{10});
  EXPECT_EQ(state_of("node/supervision"), errc::none);
  EXPECT_EQ(hello("broker").service, actor_at("node/a"));
  EXPECT_EQ(started, (names{"a", "b"}));
}

} // namespace
} // namespace apogee::supervision
