#include "actors/core/client_registry.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

namespace {

using namespace std::chrono_literals;
using groups = client_registry::changed_groups;

class ClientRegistry : public testing::Test {
protected:
  client_registry::beat_changes changes(const std::string& id,
                                        std::uint64_t connection,
                                        const std::string& expression,
                                        std::int64_t version) {
    beating_group one;
    one.name = "g";
    one.client.connection = connection;
    one.subscriptions["t"] = {"TAG", expression, version};
    return clients.beat(id, {one}, {}, now);
  }

  groups beat(const std::string& id, std::uint64_t connection,
              const std::string& expression = "*", std::int64_t version = 1) {
    return changes(id, connection, expression, version).rebalanced;
  }

  client_registry clients;
  client_registry::instant now{};
};

} // namespace

TEST_F(ClientRegistry, TellsAGroupWhenAMemberJoinsAndNotAtEveryBeat) {
  EXPECT_EQ(beat("a", 1), groups{"g"});
  EXPECT_EQ(beat("a", 1), groups{});
  EXPECT_EQ(beat("b", 2), groups{"g"});
  EXPECT_EQ(clients.consumers("g")->clients.size(), 2u);
}

// A Java client raises the version whenever its queues change: a word about
// that would cost the group a second.
TEST_F(ClientRegistry, TellsNobodyThatASubscriptionHasANewVersion) {
  beat("a", 1);
  beat("b", 2);
  const auto newer = changes("b", 2, "*", 2);
  EXPECT_EQ(newer.rebalanced, groups{});
  EXPECT_EQ(newer.resubscribed, groups{"g"});
  EXPECT_EQ(changes("b", 2, "*", 2).resubscribed, groups{});
}

TEST_F(ClientRegistry, TellsAGroupWhenAMemberSubscribesToAnotherTopic) {
  beat("a", 1);
  beating_group both;
  both.name = "g";
  both.client.connection = 1;
  both.subscriptions["t"] = {"TAG", "*", 1};
  both.subscriptions["u"] = {"TAG", "*", 1};
  EXPECT_EQ(clients.beat("a", {both}, {}, now).rebalanced, groups{"g"});
}

TEST_F(ClientRegistry, TellsAGroupWhenAConnectionIsLost) {
  beat("a", 1);
  beat("b", 2);
  EXPECT_EQ(clients.disconnect(1), groups{"g"});
  EXPECT_TRUE(clients.consumers("g")->clients.contains("b"));
  EXPECT_EQ(clients.disconnect(1), groups{});
  EXPECT_EQ(clients.disconnect(2), groups{"g"});
  EXPECT_EQ(clients.consumers("g"), nullptr);
}

TEST_F(ClientRegistry, KeepsAClientThatCameBackOnAnotherConnection) {
  beat("a", 1);
  EXPECT_EQ(beat("a", 2), groups{"g"});
  EXPECT_EQ(clients.disconnect(1), groups{});
  EXPECT_NE(clients.consumers("g"), nullptr);
}

TEST_F(ClientRegistry, ForgetsClientsThatAreSilent) {
  beat("a", 1);
  now += 100s;
  beat("b", 2);
  now += 30s;
  EXPECT_EQ(clients.expire(now), groups{"g"});
  EXPECT_FALSE(clients.consumers("g")->clients.contains("a"));
  EXPECT_EQ(clients.expire(now), groups{});
}

TEST_F(ClientRegistry, TakesTheNewestSubscriptionAndNamesAnInconsistentTopic) {
  beat("a", 1, "x", 5);
  EXPECT_EQ(beat("b", 2, "y", 9), groups{"g"});
  EXPECT_EQ(clients.consumers("g")->subscriptions.at("t").expression, "y");
  EXPECT_EQ(clients.consumers("g")->inconsistent_topic, "t");
  beat("a", 1, "x", 5);
  EXPECT_EQ(clients.consumers("g")->subscriptions.at("t").expression, "y");
}

TEST_F(ClientRegistry, NamesATopicOfWhichAMemberWantsSomethingElse) {
  beating_group one;
  one.name = "g";
  one.client.connection = 1;
  one.client.expressions = {{"t", "x"}, {"u", "*"}};
  EXPECT_EQ(clients.differing_topic("a", one), "") << "an empty group";
  clients.beat("a", {one}, {}, now);
  one.client.connection = 2;
  EXPECT_EQ(clients.differing_topic("b", one), "");
  one.client.expressions["t"] = "y";
  EXPECT_EQ(clients.differing_topic("b", one), "t");
  EXPECT_EQ(clients.differing_topic("a", one), "") << "it was alone";
  one.client.expressions = {{"v", "y"}};
  EXPECT_EQ(clients.differing_topic("b", one), "") << "of another topic";
}

TEST_F(ClientRegistry, KnowsWhatEachMemberWants) {
  beating_group one;
  one.name = "g";
  one.client.connection = 1;
  one.client.expressions["t"] = "x";
  clients.beat("a", {one}, {}, now);
  one.client.expressions["t"] = "y";
  const auto other = clients.beat("a", {one}, {}, now);
  EXPECT_EQ(other.rebalanced, groups{});
  EXPECT_EQ(other.resubscribed, groups{"g"}) << "the others are shown it";
  EXPECT_EQ(clients.consumers("g")->clients.at("a").expressions.at("t"), "y");
}

TEST_F(ClientRegistry, LetsAClientLeaveOneGroup) {
  beat("a", 1);
  EXPECT_EQ(clients.leave("a", "", "g"), groups{"g"});
  EXPECT_EQ(clients.leave("a", "", "g"), groups{});
}

} // namespace apogee::core
