#include "tests/drills/example_programs.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace apogee::drills {

namespace {

using namespace std::chrono_literals;

constexpr auto topic = "drill";

/// How soon messages flow again once the broker is back.
constexpr auto flow_again_max = 10s;

std::string sample(const std::string& name) {
  return std::string{"--config-file="} + APOGEE_SOURCE_DIR + "/config/" + name;
}

/// The nodes of the sample files, and the example programs as they are.
class ExamplesDrill : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_TRUE(nameserver_.start()) << nameserver_.running().error_output();
    ASSERT_TRUE(broker_.start()) << broker_.running().error_output();
    ASSERT_TRUE(
      node_admin(clients_.system, broker_.address()).create_topic(topic, 4));
    consumer_ =
      std::make_unique<example_consumer>(topic, "drill", nameserver_.address());
    producer_ =
      std::make_unique<example_producer>(topic, nameserver_.address());
    expect_flow("the start");
  }

  /// Lines that are written from now on arrive.
  void expect_flow(const std::string& after) {
    const auto begin = std::chrono::steady_clock::now();
    const auto awaited = example_producer::line(producer_->written() + 100);
    EXPECT_TRUE(eventually(
      [&] {
        std::this_thread::sleep_for(20ms);
        return consumer_->received().contains(awaited);
      },
      flow_again_max))
      << "nothing flows after " << after;
    std::cout << "messages flow after " << after << ": "
              << std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::steady_clock::now() - begin)
                   .count()
              << " ms" << std::endl;
  }

  /// Everything that was acknowledged, and nothing that was never sent.
  void expect_nothing_lost() {
    const int code = producer_->finish();
    const auto refused = producer_->refused();
    const auto sent = producer_->written();
    EXPECT_EQ(code, refused.empty() ? 0 : 1);
    EXPECT_EQ(producer_->summary(),
              std::to_string(sent - refused.size()) + " stored, "
                + std::to_string(refused.size()) + " failed");
    std::set<std::string> missing;
    EXPECT_TRUE(eventually(
      [&] {
        std::this_thread::sleep_for(20ms);
        missing.clear();
        const auto received = consumer_->received();
        for (std::size_t i = 0; i < sent; ++i)
          if (const auto line = example_producer::line(i);
              !received.contains(line) && !refused.contains(line))
            missing.insert(line);
        return missing.empty();
      },
      10s))
      << missing.size() << " of " << sent << " are missing, the first is "
      << *missing.begin();
    EXPECT_EQ(consumer_->stop(), 0);
    auto received = consumer_->received();
    for (std::size_t i = 0; i < sent; ++i)
      received.erase(example_producer::line(i));
    EXPECT_TRUE(received.empty()) << "nobody sent " << *received.begin();
    std::cout << producer_->summary() << ", all of the stored consumed"
              << std::endl;
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
  std::unique_ptr<example_producer> producer_;
  std::unique_ptr<example_consumer> consumer_;
};

} // namespace

TEST_F(ExamplesDrill, MessagesFlowOnWhenTheBrokerRestarts) {
  ASSERT_EQ(broker_.stop(), 0) << broker_.running().error_output();
  ASSERT_TRUE(broker_.start()) << broker_.running().error_output();
  expect_flow("an orderly restart of the broker");
  broker_.kill();
  ASSERT_TRUE(broker_.start()) << broker_.running().error_output();
  expect_flow("kill -9 of the broker");
  expect_nothing_lost();
}

} // namespace apogee::drills
