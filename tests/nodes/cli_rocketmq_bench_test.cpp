#include "tests/nodes/cli_process_test.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace apogee::cli {
namespace {

using testing::HasSubstr;

/// 'apogee bench --protocol rocketmq' against a node, through its two ports.
class RocketmqBench : public CommandLine {
protected:
  nlohmann::json measure(const std::string& what, words more) {
    words arguments{"bench",        what,         "--protocol", "rocketmq",
                    "--nameserver", nameserver(), "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return nlohmann::json::parse(must(std::move(arguments)));
  }

  std::string nameserver() const {
    return "127.0.0.1:" + std::to_string(node->nameserver_port());
  }
};

TEST_F(RocketmqBench, SendsAndReadsAndLeavesNothingBehind) {
  start_node();
  const auto sent = measure(
    "send", {"--messages", "2000", "--producers", "3", "--in-flight", "20"});
  EXPECT_EQ(sent["messages"], 2000);
  EXPECT_EQ(sent["failures"], 0);
  EXPECT_EQ(sent["latencyNs"]["count"], 2000);
  const auto batches =
    measure("send", {"--messages", "1000", "--batch", "32", "--topics", "3"});
  EXPECT_EQ(batches["messages"], 1000);
  const auto read = measure("consume", {"--messages", "2000"});
  EXPECT_EQ(read["messages"], 2000);
  EXPECT_EQ(read["bytes"], 2000 * 1024);
  EXPECT_EQ(must({"topic", "list"}), "");
}

TEST_F(RocketmqBench, ReadsThroughFilters) {
  start_node();
  for (const auto* filter : {"tag", "sql"}) {
    const auto read =
      measure("consume", {"--messages", "2000", "--filter", filter});
    EXPECT_EQ(read["messages"], 2000) << "scanned by " << filter;
    EXPECT_EQ(read["details"]["received"], 20) << filter;
  }
}

TEST_F(RocketmqBench, MeasuresFromEndToEndWithEveryGroup) {
  start_node();
  const auto both =
    measure("e2e", {"--messages", "500", "--rate", "2000", "--groups", "3"});
  EXPECT_EQ(both["messages"], 500);
  EXPECT_EQ(both["failures"], 0);
  EXPECT_EQ(both["latencyNs"]["count"], 1500);
}

TEST_F(RocketmqBench, CountsWhatAOneWayFloodHasStored) {
  start_node();
  const auto flood = measure("send", {"--messages", "3000", "--one-way"});
  EXPECT_EQ(flood["details"]["sent"], 3000);
  EXPECT_EQ(flood["details"]["stored"], 3000);
}

TEST_F(RocketmqBench, CreatesTopicsThatItKeepsWhenTheyAreNamed) {
  start_node();
  const auto made =
    measure("topics", {"--topic", "t", "--topics", "5", "--queues", "2"});
  EXPECT_EQ(made["messages"], 5);
  EXPECT_THAT(must({"topic", "list"}), HasSubstr("t-4"));
  const auto spread =
    measure("send", {"--topic", "t", "--topics", "5", "--messages", "100"});
  EXPECT_EQ(spread["messages"], 100);
}

TEST_F(RocketmqBench, HoldsIdleConnectionsAndMetersTheBroker) {
  start_node();
  const auto idle =
    measure("idle", {"--producers", "50", "--seconds", "1", "--broker-pid",
                     std::to_string(node->running().pid())});
  EXPECT_EQ(idle["details"]["connections"], 50);
  EXPECT_EQ(idle["failures"], 0);
  EXPECT_GT(idle["broker"]["residentBytes"], 1'000'000);
}

TEST_F(RocketmqBench, TellsWhatIsWrong) {
  start_node();
  EXPECT_THAT(must_fail(1, {"bench", "send", "--protocol", "rocketmq",
                            "--topic", "none", "--nameserver", nameserver()}),
              HasSubstr("no route for topic none"));
  EXPECT_THAT(must_fail(1, {"bench", "send", "--protocol", "rocketmq",
                            "--timeout", "1", "--nameserver", node->address()}),
              HasSubstr("--nameserver"));
  EXPECT_THAT(must_fail(2, {"bench", "send", "--batch", "2"}),
              HasSubstr("--protocol"));
  EXPECT_THAT(must_fail(2, {"bench", "idle"}), HasSubstr("rocketmq"));
}

} // namespace
} // namespace apogee::cli
