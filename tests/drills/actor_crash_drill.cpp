#include "actors/client/pull_consumer.hpp"
#include "tests/drills/load.hpp"
#include "tests/drills/read_back.hpp"
#include "tests/drills/verifying_consumer.hpp"
#include "tests/support/node_process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <map>

namespace apogee::drills {

namespace {

using namespace std::chrono_literals;

constexpr auto topic = "drill";
constexpr auto group = "drill";
constexpr auto coordinator_path = "node/groups/group:drill";

/// How soon everything has to work again.
constexpr auto recovery_max = 1'000ms;

/// How soon the group has to be given what was sent after a crash, and to have
/// a coordinator again: its members notice by their next heartbeat.
constexpr auto group_recovery_max = 10s;

class ActorCrashDrill : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_TRUE(node_.start()) << node_.running().error_output();
    ASSERT_TRUE(admin().create_topic(topic, 2));
    client::producer_settings settings;
    settings.nameservers = {node_.address()};
    settings.send_timeout = 10s;
    probe_ = client::spawn_producer(clients_.system, settings);
    reader_ = client::spawn_pull_consumer(
      clients_.system, {.nameservers = {node_.address()}, .timeout = 10s});
  }

  node_admin admin() { return {clients_.system, node_.address()}; }

  void start_load() {
    for (const auto ack : {ack_level::memory, ack_level::disk}) {
      load_options options;
      options.nameservers = {node_.address()};
      options.topic = topic;
      options.ack = ack;
      options.number = static_cast<std::uint32_t>(load_.size());
      options.send_timeout = 10s;
      options.pause = 1ms;
      load_.emplace_back(clients_.system, options, journal_);
    }
  }

  /// Two members: the queues change hands when their coordinator is lost.
  void start_group() {
    for (auto* member : {&first_member_, &second_member_})
      *member = spawn_verifying_consumer(clients_.system, {node_.address()},
                                         group, topic, journal_);
  }

  /// Until a send is acknowledged and a pull answered; what failed otherwise.
  std::string wait_for_service() {
    client::message message;
    message.topic = topic;
    const message_name name{100, probes_++};
    message.body = make_body(name);
    journal_.begin(name);
    const auto sent = probe_.send(message);
    journal_.end(name, sent);
    if (!sent)
      return "send: " + to_string(sent.error());
    const auto pulled =
      reader_.pull({sent->broker, topic, sent->queue}, sent->offset, 5s);
    if (!pulled)
      return "pull: " + to_string(pulled.error());
    if (pulled->messages.empty() || pulled->messages[0].body != message.body)
      return "pull: the message is not there";
    return {};
  }

  /// The actors whose crash is drilled: all that run.
  std::vector<std::string> paths() {
    const auto tree = admin().tree();
    EXPECT_TRUE(tree) << to_string(tree.error());
    std::vector<std::string> out;
    if (tree)
      for (const auto& entry : *tree)
        if (entry.kind != "more" && entry.path != "node")
          out.push_back(entry.path);
    return out;
  }

  std::uint64_t newest_event() {
    const auto events = admin().events(0);
    return events && !events->empty() ? events->back().sequence : 0;
  }

  bool is_running(const std::string& path) {
    const auto tree = admin().tree();
    return tree && std::any_of(tree->begin(), tree->end(), [&](auto& entry) {
             return entry.path == path && entry.state == "running";
           });
  }

  void crash_once(const std::string& path) {
    if (path == coordinator_path) {
      // The crash of what is above it may have ended it, too.
      ASSERT_TRUE(
        eventually([&] { return is_running(path); }, group_recovery_max))
        << "no member has joined again\n"
        << node_.running().error_output();
    }
    const auto before = newest_event();
    const auto begin = std::chrono::steady_clock::now();
    const auto crashed = admin().crash(path);
    // A queue writer that was idle may be gone by now.
    if (!crashed && crashed.error().code == errc::unknown_actor)
      return;
    ASSERT_TRUE(crashed) << path << ": " << to_string(crashed.error()) << "\n"
                         << node_.running().error_output();
    const auto trouble = wait_for_service();
    const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
    EXPECT_EQ(trouble, "") << path << "\n" << node_.running().error_output();
    EXPECT_LT(taken, recovery_max) << path;
    std::cout << path << ": service back after " << taken.count() << " ms"
              << std::endl;
    slowest_ = std::max(slowest_, taken);
    ++crashes_[path];
    expect_story(path, before);
    if (trouble.empty())
      expect_group_goes_on(path);
  }

  /// The group is given the newest probe, which was sent after the crash.
  void expect_group_goes_on(const std::string& path) {
    const message_name probe{100, probes_ - 1};
    EXPECT_TRUE(
      eventually([&] { return journal_.is_seen(probe); }, group_recovery_max))
      << path << ": the group consumes no more\n"
      << node_.running().error_output();
  }

  /// The supervision log says what failed, why, how often and what was decided.
  void expect_story(const std::string& path, std::uint64_t after) {
    bool has_crash = false;
    bool has_restart = false;
    std::string story;
    eventually(
      [&] {
        story.clear();
        const auto events = admin().events(after);
        if (!events)
          return false;
        for (const auto& event : *events) {
          story += event.path + " " + event.event + " '" + event.reason + "' "
                   + std::to_string(event.restarts) + " " + event.decision
                   + "\n";
          if (event.path != path)
            continue;
          has_crash = has_crash
                      || (event.event == "crash" && !event.reason.empty()
                          && !event.decision.empty());
          has_restart =
            has_restart || (event.event == "restart" && event.restarts > 0);
        }
        return has_crash && has_restart;
      },
      2s);
    EXPECT_TRUE(has_crash) << path << "\n" << story;
    EXPECT_TRUE(has_restart || !restarts_by_itself(path)) << path << "\n"
                                                          << story;
  }

  /// Queue writers and coordinators are started by the next use.
  static bool restarts_by_itself(const std::string& path) {
    return path.find("/queue_writers/") == std::string::npos
           && path.find("/groups/group:") == std::string::npos;
  }

  temporary_folder folder_{folder_on::disk};
  // Restarts of different actors within seconds are the drill, not a failure.
  node_process node_{
    "standalone",
    test_settings(folder_.path(), {"--drills.enabled=true",
                                   "--supervision.restart-window=2s"})};
  client_system clients_;
  send_journal journal_;
  client::producer probe_;
  client::pull_consumer reader_;
  client::push_consumer first_member_;
  client::push_consumer second_member_;
  std::map<std::string, unsigned> crashes_;
  std::uint32_t probes_ = 0;
  std::chrono::milliseconds slowest_{};
  std::deque<verifying_producer> load_;
};

} // namespace

TEST_F(ActorCrashDrill, EveryActorOfTheTreeMayCrashUnderLoad) {
  start_group();
  start_load();
  ASSERT_TRUE(eventually([&] { return journal_.acknowledged() > 50; }, 10s));
  ASSERT_TRUE(eventually([&] { return journal_.seen_count() > 50; }, 10s));
  const auto all = paths();
  EXPECT_GT(all.size(), 10u);
  for (const auto& path : all) {
    crash_once(path);
    if (HasFatalFailure() || !node_.running().is_running())
      break;
    // Not five crashes in a row: those escalate.
    std::this_thread::sleep_for(600ms);
  }
  ASSERT_TRUE(node_.running().is_running()) << node_.running().error_output();
  EXPECT_EQ(crashes_[coordinator_path], 1u);
  for (auto& each : load_)
    EXPECT_TRUE(each.finish()) << "a send was never answered";
  const auto stored = read_back(clients_.system, {node_.address()}, topic);
  ASSERT_TRUE(stored) << to_string(stored.error());
  EXPECT_TRUE(
    eventually([&] { return journal_.seen_count() >= stored->size(); }, 20s))
    << "the group did not get everything";
  first_member_.stop();
  second_member_.stop();
  const auto verdict = journal_.judge(*stored);
  std::cout << all.size() << " actors; slowest " << slowest_.count() << " ms; "
            << to_string(verdict) << std::endl;
  EXPECT_TRUE(verdict.is_clean());
  EXPECT_EQ(verdict.skipped, 0u);
  for (const auto& [text, count] : journal_.failures())
    ADD_FAILURE() << count << " sends failed: " << text;
}

TEST_F(ActorCrashDrill, FiveCrashesInARowStopTheNodeWithAReason) {
  constexpr auto path = "node/admin";
  for (int crash = 0; crash < 5; ++crash) {
    // It may be between two lives for a moment.
    result<void> done;
    ASSERT_TRUE(eventually(
      [&] {
        done = admin().crash(path);
        return done || !node_.running().is_running();
      },
      5s))
      << to_string(done.error());
  }
  const auto code = node_.running().wait(20s);
  ASSERT_TRUE(code) << "the node goes on\n" << node_.running().error_output();
  EXPECT_NE(*code, 0);
  const auto log = node_.running().error_output();
  EXPECT_NE(log.find("made to fail by a drill"), std::string::npos) << log;
  EXPECT_NE(log.find("event=give-up"), std::string::npos) << log;
  EXPECT_NE(log.find("apogee: stopped: "), std::string::npos) << log;
}

TEST_F(ActorCrashDrill, WithoutPermissionNoActorIsMadeToFail) {
  node_process careful{"standalone",
                       test_settings(folder_.path() + "/careful")};
  ASSERT_TRUE(careful.start()) << careful.running().error_output();
  const auto crashed =
    node_admin(clients_.system, careful.address()).crash("node/admin");
  ASSERT_FALSE(crashed);
  EXPECT_EQ(crashed.error().code, errc::permission_denied);
  EXPECT_EQ(careful.stop(), 0);
}

} // namespace apogee::drills
