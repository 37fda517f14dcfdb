#include "tests/drills/client_process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

namespace apogee::drills {

namespace {

using namespace std::chrono_literals;

constexpr auto topic = "drill";
constexpr unsigned queues = 8;

/// How soon queues move when a member joins or dies.
constexpr auto move_max = 1'000ms;

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
    EXPECT_TRUE(member->running().wait_for_line("joining", 10s));
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

  static void
  expect_shared_out(const std::vector<const client_process*>& members,
                    const std::string& after) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(eventually([&] { return is_shared_out(members); }, 20s))
      << after;
    const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
    std::cout << after << ": queues have moved after " << taken.count() << " ms"
              << std::endl;
    EXPECT_LT(taken, move_max) << after;
  }

  temporary_folder folder_;
  node_process node_{"standalone", test_settings(folder_.path())};
  client_system clients_;
};

} // namespace

TEST_F(RebalanceDrill, QueuesMoveAtOnceWhenMembersComeAndDie) {
  const auto first = join();
  expect_shared_out({first.get()}, "the first came");
  client_process producer{{"produce", node_.address(), topic, "m"}};
  const auto second = join();
  expect_shared_out({first.get(), second.get()}, "the second came");
  const auto third = join();
  expect_shared_out({first.get(), second.get(), third.get()}, "the third came");
  EXPECT_TRUE(
    eventually([&] { return second->lines("got").size() > 10; }, 10s));
  second->running().kill();
  expect_shared_out({first.get(), third.get()}, "the second was killed");
  const auto so_far = producer.lines("sent").size();
  EXPECT_TRUE(eventually(
    [&] { return producer.lines("sent").size() > so_far + 50; }, 10s));
  producer.running().kill();
  const auto sent = producer.lines("sent");
  std::size_t missing = 0;
  std::size_t received = 0;
  EXPECT_TRUE(eventually(
    [&] {
      std::set<std::string> all;
      received = 0;
      for (const auto* member : {&first, &second, &third}) {
        const auto got = (*member)->lines("got");
        received += got.size();
        all.insert(got.begin(), got.end());
      }
      missing = static_cast<std::size_t>(
        std::count_if(sent.begin(), sent.end(),
                      [&](const auto& body) { return !all.contains(body); }));
      return missing == 0;
    },
    10s))
    << missing << " of " << sent.size() << " are missing";
  std::cout << sent.size() << " acknowledged, all consumed, "
            << received - std::min(received, sent.size()) << " twice"
            << std::endl;
  EXPECT_TRUE(producer.lines("failed").empty());
}

} // namespace apogee::drills
