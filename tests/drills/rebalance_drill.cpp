#include "tests/drills/client_process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

namespace apogee::drills {

namespace {

using namespace std::chrono_literals;

constexpr auto topic = "drill";
constexpr unsigned queues = 8;

/// How soon queues move when a member joins or dies: the quickest of some,
/// since a busy machine may hold up any of them.
constexpr auto move_max = 1'000ms;
constexpr int rounds = 3;

class RebalanceDrill : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_TRUE(node_.start()) << node_.running().error_output();
    ASSERT_TRUE(
      node_admin(clients_.system, node_.address()).create_topic(topic, queues));
  }

  std::unique_ptr<client_process> join() {
    auto member = std::make_unique<client_process>(
      std::vector<std::string>{"consume", node_.address(), "drill", topic});
    EXPECT_TRUE(member->running().wait_for_line("joining", patience));
    return member;
  }

  /// Every queue has one member, and all have their fair share.
  static bool is_shared_out(const std::vector<const client_process*>& members) {
    std::multiset<unsigned> all;
    for (const auto* member : members) {
      const auto own = member->queues();
      if (own.size() < queues / members.size()
          || own.size() > (queues + members.size() - 1) / members.size())
        return false;
      all.insert(own.begin(), own.end());
    }
    return all.size() == queues
           && std::set<unsigned>(all.begin(), all.end()).size() == queues;
  }

  using durations = std::vector<std::chrono::milliseconds>;

  static void
  expect_shared_out(const std::vector<const client_process*>& members,
                    const std::string& after, durations& all) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(eventually([&] { return is_shared_out(members); }, 20s))
      << after;
    all.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin));
    std::cout << after << ": queues have moved after " << all.back().count()
              << " ms" << std::endl;
  }

  /// Every acknowledged message was given to one of the members.
  static void expect_all_consumed(
    const client_process& producer,
    const std::vector<std::unique_ptr<client_process>>& members) {
    const auto sent = producer.lines("sent");
    std::size_t missing = 0;
    std::size_t received = 0;
    EXPECT_TRUE(eventually(
      [&] {
        std::set<std::string> all;
        received = 0;
        for (const auto& member : members) {
          const auto got = member->lines("got");
          received += got.size();
          all.insert(got.begin(), got.end());
        }
        missing = static_cast<std::size_t>(
          std::count_if(sent.begin(), sent.end(),
                        [&](const auto& body) { return !all.contains(body); }));
        return missing == 0;
      },
      patience))
      << missing << " of " << sent.size() << " are missing";
    std::cout << sent.size() << " acknowledged, all consumed, "
              << received - std::min(received, sent.size()) << " twice"
              << std::endl;
  }

  // What only a time-out would bring about comes too late.
  temporary_folder folder_;
  node_process node_{
    "standalone",
    test_settings(folder_.path(), {"--groups.heartbeat-interval=1min",
                                   "--groups.release-timeout=10min"})};
  client_system clients_;
};

} // namespace

TEST_F(RebalanceDrill, QueuesMoveAtOnceWhenMembersComeAndDie) {
  std::vector<std::unique_ptr<client_process>> members;
  durations starts;
  durations joins;
  durations deaths;
  members.push_back(join());
  auto* const first = members.back().get();
  expect_shared_out({first}, "the first came", starts);
  client_process producer{{"produce", node_.address(), topic, "m"}};
  members.push_back(join());
  auto* const second = members.back().get();
  expect_shared_out({first, second}, "the second came", joins);
  for (int round = 0; round < rounds; ++round) {
    members.push_back(join());
    auto* const third = members.back().get();
    expect_shared_out({first, second, third}, "a third came", joins);
    EXPECT_TRUE(
      eventually([&] { return third->lines("got").size() > 10; }, patience));
    third->running().kill();
    expect_shared_out({first, second}, "the third was killed", deaths);
  }
  EXPECT_LT(*std::min_element(joins.begin(), joins.end()), move_max);
  EXPECT_LT(*std::min_element(deaths.begin(), deaths.end()), move_max);
  const auto so_far = producer.lines("sent").size();
  EXPECT_TRUE(eventually(
    [&] { return producer.lines("sent").size() > so_far + 50; }, patience));
  producer.running().kill();
  expect_all_consumed(producer, members);
  EXPECT_TRUE(producer.lines("failed").empty());
}

} // namespace apogee::drills
