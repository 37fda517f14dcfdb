#include "tests/drills/load.hpp"
#include "tests/drills/read_back.hpp"
#include "tests/drills/verifying_consumer.hpp"
#include "tests/support/node_process.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <iostream>
#include <random>

namespace apogee::drills {

namespace {

using namespace std::chrono_literals;

constexpr auto topic = "drill";
constexpr unsigned kills_by_default = 6;

/// An unsigned number from the environment.
unsigned number_of(const char* variable, unsigned otherwise) {
  const auto* const text = std::getenv(variable);
  return text == nullptr
           ? otherwise
           : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

class CrashDrill : public testing::Test {
protected:
  CrashDrill() {
    std::random_device entropy;
    seed_ = number_of("APOGEE_SEED", entropy());
    random_.seed(seed_);
    std::cout << "APOGEE_SEED=" << seed_ << std::endl;
  }

  std::chrono::milliseconds pause_between(unsigned low, unsigned high) {
    return std::chrono::milliseconds{
      std::uniform_int_distribution<unsigned>{low, high}(random_)};
  }

  /// Now and then the node dies while it is still starting.
  void kill_and_restart() {
    std::this_thread::sleep_for(pause_between(50, 900));
    node_.kill();
    if (random_() % 4 == 0) {
      node_.launch();
      std::this_thread::sleep_for(pause_between(0, 120));
      node_.kill();
    }
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(node_.start()) << node_.running().error_output();
    slowest_start_ =
      std::max(slowest_start_, std::chrono::steady_clock::now() - begin);
  }

  void start_load() {
    std::uint32_t number = 0;
    for (const auto ack :
         {ack_level::memory, ack_level::disk, ack_level::memory}) {
      load_options options;
      options.nameservers = {node_.address()};
      options.topic = topic;
      options.ack = ack;
      options.number = number++;
      load_.emplace_back(clients_.system, options, journal_);
    }
  }

  temporary_folder folder_{folder_on::disk};
  unsigned seed_ = 0;
  std::mt19937 random_;
  node_process node_{"standalone", test_settings(folder_.path())};
  client_system clients_;
  send_journal journal_;
  std::deque<verifying_producer> load_;
  client::push_consumer consumer_;
  std::chrono::steady_clock::duration slowest_start_{};
};

} // namespace

TEST_F(CrashDrill, KilledAtAnyMomentTheBrokerLosesNothingItAcknowledged) {
  ASSERT_TRUE(node_.start()) << node_.running().error_output();
  ASSERT_TRUE(
    node_admin(clients_.system, node_.address()).create_topic(topic, 4));
  consumer_ = spawn_verifying_consumer(clients_.system, {node_.address()},
                                       "drill", topic, journal_);
  start_load();
  const auto kills = number_of("APOGEE_KILLS", kills_by_default);
  for (unsigned i = 0; i < kills && !HasFatalFailure(); ++i)
    kill_and_restart();
  const auto before = journal_.acknowledged();
  EXPECT_TRUE(eventually([&] { return journal_.acknowledged() > before + 100; },
                         patience))
    << "no sends are answered after the last restart";
  for (auto& each : load_)
    EXPECT_TRUE(each.finish()) << "a send was never answered";
  const auto stored = read_back(clients_.system, {node_.address()}, topic);
  ASSERT_TRUE(stored) << to_string(stored.error());
  EXPECT_TRUE(eventually(
    [&] { return journal_.seen_count() >= stored->size(); }, patience))
    << "the consumer did not get everything";
  consumer_.stop();
  const auto verdict = journal_.judge(*stored);
  std::cout << kills << " kills; slowest restart "
            << std::chrono::duration_cast<std::chrono::milliseconds>(
                 slowest_start_)
                 .count()
            << " ms; " << to_string(verdict) << std::endl;
  for (const auto& [text, count] : journal_.failures())
    std::cout << "failed: " << count << " " << text << std::endl;
  EXPECT_TRUE(verdict.is_clean());
  EXPECT_EQ(verdict.skipped, 0u);
  EXPECT_GT(verdict.acknowledged, 100u);
  load_.clear();
  EXPECT_EQ(node_.stop(), 0) << node_.running().error_output();
}

} // namespace apogee::drills
