#include "actors/core/route_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace apogee::core {

using namespace std::chrono_literals;

class RouteTable : public testing::Test {
protected:
  static registration_report of(const std::string& broker,
                                std::uint64_t incarnation = 1) {
    registration_report report;
    report.broker.key = {"c", broker, 0};
    report.broker.incarnation = incarnation;
    report.broker.native_address = broker + ":1";
    report.expiry = 10s;
    return report;
  }

  result<bool> complete(const std::string& broker,
                        std::vector<std::string> topics,
                        std::uint64_t sequence = 1,
                        std::uint64_t incarnation = 1) {
    auto report = of(broker, incarnation);
    report.complete = true;
    report.sequence = sequence;
    for (auto& topic : topics)
      report.changed.push_back({topic, {4, 4, 6}});
    return table.apply(report, now);
  }

  result<bool> increment(const std::string& broker, std::uint64_t sequence,
                         std::vector<registered_topic> changed,
                         std::vector<std::string> deleted = {}) {
    auto report = of(broker);
    report.sequence = sequence;
    report.changed = std::move(changed);
    report.deleted = std::move(deleted);
    return table.apply(report, now);
  }

  std::string serving(const std::string& topic) const {
    std::string names;
    for (const auto& route : table.routes(topic))
      names += route.broker.key.name + std::to_string(route.queues.write) + " ";
    return names;
  }

  route_table table;
  route_table::instant now{};
};

TEST_F(RouteTable, ListsTheBrokersOfATopicInOrder) {
  ASSERT_TRUE(complete("b", {"t"}));
  ASSERT_TRUE(complete("a", {"t", "u"}));
  EXPECT_EQ(serving("t"), "a4 b4 ");
  EXPECT_EQ(serving("u"), "a4 ");
  EXPECT_EQ(serving("v"), "");
  EXPECT_EQ(table.brokers().size(), 2u);
}

TEST_F(RouteTable, TakesIncrements) {
  ASSERT_TRUE(complete("a", {"t", "u"}));
  const auto wanted =
    increment("a", 2, {{"v", {2, 2, 6}}, {"t", {8, 8, 6}}}, {"u"});
  ASSERT_TRUE(wanted);
  EXPECT_FALSE(*wanted);
  EXPECT_EQ(serving("t") + serving("u") + serving("v"), "a8 a2 ");
}

TEST_F(RouteTable, ACompleteReportForgetsWhatItDoesNotName) {
  ASSERT_TRUE(complete("a", {"t", "u"}));
  ASSERT_TRUE(complete("a", {"u"}, 9));
  EXPECT_EQ(serving("t") + serving("u"), "a4 ");
  EXPECT_EQ(table.topics(), 1u);
}

TEST_F(RouteTable, WantsACompleteReportAfterAGap) {
  ASSERT_TRUE(complete("a", {"t"}));
  EXPECT_TRUE(*increment("a", 3, {{"u", {4, 4, 6}}}));
  EXPECT_EQ(serving("u"), "");
  EXPECT_TRUE(*increment("a", 4, {}));
  ASSERT_TRUE(complete("a", {"t", "u"}, 5));
  EXPECT_FALSE(*increment("a", 6, {}));
}

TEST_F(RouteTable, WantsACompleteReportFromAStranger) {
  EXPECT_TRUE(*increment("a", 2, {{"t", {4, 4, 6}}}));
  EXPECT_EQ(serving("t"), "");
}

TEST_F(RouteTable, ARepeatedReportChangesNothing) {
  ASSERT_TRUE(complete("a", {"t"}));
  ASSERT_TRUE(increment("a", 2, {}, {"t"}));
  EXPECT_FALSE(*increment("a", 2, {{"t", {4, 4, 6}}}));
  EXPECT_EQ(serving("t"), "");
}

TEST_F(RouteTable, ALaterIncarnationReplacesAnEarlierOne) {
  ASSERT_TRUE(complete("a", {"t", "u"}, 7, 1));
  ASSERT_TRUE(complete("a", {"t"}, 1, 2));
  EXPECT_EQ(serving("t") + serving("u"), "a4 ");
}

TEST_F(RouteTable, AnEarlierIncarnationIsRefused) {
  ASSERT_TRUE(complete("a", {"t"}, 1, 2));
  const auto outcome = complete("a", {"u"}, 1, 1);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::version_mismatch);
  EXPECT_EQ(serving("t") + serving("u"), "a4 ");
}

TEST_F(RouteTable, ForgetsBrokersThatAreSilent) {
  ASSERT_TRUE(complete("a", {"t"}));
  now += 6s;
  ASSERT_TRUE(complete("b", {"t"}));
  now += 5s;
  const auto expired = table.expire(now);
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_EQ(expired[0].name, "a");
  EXPECT_EQ(serving("t"), "b4 ");
}

TEST_F(RouteTable, AnyReportIsASignOfLife) {
  ASSERT_TRUE(complete("a", {"t"}));
  now += 9s;
  ASSERT_TRUE(increment("a", 2, {}));
  now += 9s;
  EXPECT_TRUE(table.expire(now).empty());
}

TEST_F(RouteTable, RemovesABrokerAtOnce) {
  ASSERT_TRUE(complete("a", {"t"}));
  table.remove({"c", "a", 0});
  EXPECT_EQ(serving("t"), "");
  EXPECT_EQ(table.topics(), 0u);
  EXPECT_TRUE(*increment("a", 2, {}));
}

TEST_F(RouteTable, HoldsTenThousandTopicsOfManyBrokersCheaply) {
  std::vector<std::string> topics;
  for (int i = 0; i < 10'000; ++i)
    topics.push_back("topic-" + std::to_string(i));
  for (int broker = 0; broker < 8; ++broker)
    ASSERT_TRUE(complete("b" + std::to_string(broker), topics));
  // With the cost of all topics per step this would take minutes.
  std::uint64_t sequence = 1;
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_FALSE(*increment("b3", ++sequence, {{"topic-77", {5, 5, 6}}}));
    ASSERT_EQ(table.routes("topic-77").size(), 8u);
  }
  table.remove({"c", "b0", 0});
  EXPECT_EQ(table.routes("topic-9999").size(), 7u);
}

TEST_F(RouteTable, NamesTheTopicsOfACluster) {
  ASSERT_TRUE(complete("b", {"t"}));
  ASSERT_TRUE(complete("a", {"t", "u"}));
  EXPECT_EQ(table.topics_of(""), (std::vector<std::string>{"t", "u"}));
  EXPECT_EQ(table.topics_of("c").size(), 2u);
  EXPECT_TRUE(table.topics_of("other").empty());
}

TEST_F(RouteTable, ABrokerIsHiddenFromWritersUntilItIsShownOrStartsAnew) {
  ASSERT_TRUE(complete("a", {"t"}));
  EXPECT_EQ(table.show_writable("b", false), 0u);
  EXPECT_EQ(table.show_writable("a", false), 1u);
  EXPECT_EQ(table.routes("t")[0].queues.permission, 4);
  ASSERT_TRUE(increment("a", 2, {{"u", {2, 2, 6}}}));
  EXPECT_EQ(table.routes("u")[0].queues.permission, 4) << "a new topic as well";
  EXPECT_EQ(table.show_writable("a", true), 2u);
  EXPECT_EQ(table.routes("t")[0].queues.permission, 6);
  EXPECT_EQ(table.show_writable("a", false), 2u);
  ASSERT_TRUE(complete("a", {"t"}, 1, 2));
  EXPECT_EQ(table.routes("t")[0].queues.permission, 6);
}

} // namespace apogee::core
