#include "tests/drills/client_process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

namespace apogee::drills {

namespace {

using namespace std::chrono_literals;

constexpr auto topic = "drill";

/// How long a node may be away, and then how soon messages flow.
constexpr auto flow_again_max = 10s;

class RestartDrill : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_TRUE(nameserver_.start()) << nameserver_.running().error_output();
    ASSERT_TRUE(broker_.start()) << broker_.running().error_output();
    ASSERT_TRUE(
      node_admin(clients_.system, broker_.address()).create_topic(topic, 4));
    producer_ = std::make_unique<client_process>(
      std::vector<std::string>{"produce", nameserver_.address(), topic, "m"});
    consumer_ = std::make_unique<client_process>(std::vector<std::string>{
      "consume", nameserver_.address(), "drill", topic});
    expect_flow("the start");
  }

  /// Messages that are sent from now on arrive.
  void expect_flow(const std::string& after) {
    const auto sent = producer_->lines("sent").size();
    const auto begin = std::chrono::steady_clock::now();
    std::string awaited;
    EXPECT_TRUE(eventually(
      [&] {
        if (awaited.empty()) {
          const auto now = producer_->lines("sent");
          if (now.size() < sent + 10)
            return false;
          awaited = now[sent + 9];
        }
        const auto got = consumer_->lines("got");
        return std::find(got.begin(), got.end(), awaited) != got.end();
      },
      flow_again_max))
      << "nothing flows after " << after
      << (awaited.empty() ? ": no send" : ": not consumed");
    std::cout << "messages flow after " << after << ": "
              << std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::steady_clock::now() - begin)
                   .count()
              << " ms" << std::endl;
  }

  void expect_nothing_lost() {
    producer_->running().kill();
    const auto sent = producer_->lines("sent");
    std::size_t missing = 0;
    EXPECT_TRUE(eventually(
      [&] {
        const auto got = consumer_->lines("got");
        const std::set<std::string> all{got.begin(), got.end()};
        missing = static_cast<std::size_t>(
          std::count_if(sent.begin(), sent.end(),
                        [&](const auto& body) { return !all.contains(body); }));
        return missing == 0;
      },
      10s))
      << missing << " of " << sent.size() << " are missing";
    for (const auto& failed : producer_->lines("failed"))
      ADD_FAILURE() << failed;
    std::cout << sent.size() << " messages acknowledged, all consumed"
              << std::endl;
  }

  static std::string sample(const std::string& name) {
    return std::string{"--config-file="} + APOGEE_SOURCE_DIR + "/config/"
           + name;
  }

  temporary_folder folder_{folder_on::disk};
  node_process nameserver_{
    "nameserver",
    {sample("nameserver.ini"),
     "--supervision.log=" + folder_.path() + "/nameserver.log"}};
  node_process broker_{
    "broker",
    {sample("broker.ini"), "--storage.data=" + folder_.path() + "/data",
     "--storage.segment-size=16MiB", "--storage.disk-free-min=0",
     "--broker.vip-channel=false",
     "--broker.nameservers=[\"" + nameserver_.address() + "\"]"}};
  client_system clients_;
  std::unique_ptr<client_process> producer_;
  std::unique_ptr<client_process> consumer_;
};

} // namespace

TEST_F(RestartDrill, MessagesFlowOnWhenTheBrokerRestarts) {
  ASSERT_EQ(broker_.stop(), 0) << broker_.running().error_output();
  ASSERT_TRUE(broker_.start()) << broker_.running().error_output();
  expect_flow("an orderly restart of the broker");
  broker_.kill();
  ASSERT_TRUE(broker_.start()) << broker_.running().error_output();
  expect_flow("kill -9 of the broker");
  expect_nothing_lost();
}

TEST_F(RestartDrill, MessagesFlowOnWhenTheNameserverRestarts) {
  ASSERT_EQ(nameserver_.stop(), 0) << nameserver_.running().error_output();
  expect_flow("the end of the nameserver");
  ASSERT_TRUE(nameserver_.start()) << nameserver_.running().error_output();
  expect_flow("a restart of the nameserver");
  // Who comes new finds the broker again.
  client_process newcomer{{"consume", nameserver_.address(), "later", topic}};
  EXPECT_TRUE(
    eventually([&] { return newcomer.lines("got").size() > 10; }, 10s));
  nameserver_.kill();
  broker_.kill();
  ASSERT_TRUE(broker_.start()) << broker_.running().error_output();
  ASSERT_TRUE(nameserver_.start()) << nameserver_.running().error_output();
  expect_flow("kill -9 of both");
  expect_nothing_lost();
}

} // namespace apogee::drills
