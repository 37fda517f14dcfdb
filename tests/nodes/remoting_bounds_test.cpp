#include "tests/nodes/remoting_node_test.hpp"

#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

/// What clients may take from a node, and what they may not.
class remoting_bounds : public remoting_node_test {
protected:
  using remoting_node_test::remoting_node_test;

  /// The first bytes of a frame that says it has `size`.
  static std::string begin_of_frame(std::uint32_t size) {
    std::string out;
    for (const auto word : {size, std::uint32_t{16}})
      for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(word >> shift));
    return out;
  }

  /// How long one message takes.
  std::chrono::milliseconds send_time(raw_client& client) {
    const auto start = std::chrono::steady_clock::now();
    put(client, topic, 0);
    return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  }

  std::size_t open_files() {
    const std::filesystem::directory_iterator all{
      "/proc/" + std::to_string(node_.running().pid()) + "/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
};

class RemotingCounters : public remoting_bounds {};

class RemotingPulls : public remoting_bounds {
protected:
  RemotingPulls() : remoting_bounds({"--remoting.pulls-max=3"}) {}
};

class RemotingUnsent : public remoting_bounds {
protected:
  RemotingUnsent() : remoting_bounds({"--remoting.unsent-bytes-max=64MiB"}) {}
};

/// A node whose soft limit of open files is low when it starts.
class RemotingFiles : public remoting_bounds {
protected:
  RemotingFiles() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit low{128, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
  }

  ~RemotingFiles() override { setrlimit(RLIMIT_NOFILE, &before_); }

  rlimit before_{};
};

class RemotingManyConnections : public remoting_bounds {
protected:
  RemotingManyConnections()
    : remoting_bounds({"--remoting.connections-max=1000000"}) {}
};

class RemotingIdle : public remoting_bounds {
protected:
  RemotingIdle() : remoting_bounds({"--remoting.idle-max=1s"}) {}
};

class RemotingMemory : public remoting_bounds {
protected:
  RemotingMemory() : remoting_bounds({"--remoting.memory-limit=16MiB"}) {}
};

class RemotingBusyBroker : public remoting_bounds {
protected:
  RemotingBusyBroker()
    : remoting_bounds(
      {"--broker.memory-limit=16MiB", "--remoting.unanswered-bytes-max=64MiB",
       "--storage.dirty-bytes-max=1MiB", "--storage.segment-size=64MiB"}) {}
};

} // namespace

TEST_F(RemotingCounters, CountWhatNobodyServesByItsCode) {
  raw_client client{broker_port()};
  for (const auto code : {999, 998, 999})
    EXPECT_EQ(client.call(static_cast<request_code>(code), {}).code,
              static_cast<int>(response_code::request_code_not_supported));
  EXPECT_TRUE(says("asked with request code 999, which is not served"));
  EXPECT_THAT(node_.running().error_output(), Not(HasSubstr("code 998")));
  const auto port = counted();
  EXPECT_THAT(port.unserved_codes, Contains(Pair("999", 2u)));
  EXPECT_THAT(port.unserved_codes, Contains(Pair("998", 1u)));
  EXPECT_EQ(port.at("connections"), 1u);
  EXPECT_EQ(port.at("requests"), 3u);
}

TEST_F(RemotingPulls, OfOneConnectionAreBounded) {
  raw_client greedy{broker_port()};
  for (int i = 0; i < 3; ++i)
    greedy.ask(request_code::pull_message, pull_fields(topic, 1, 0, 30'000));
  const auto refused =
    greedy.call(request_code::pull_message, pull_fields(topic, 1, 0, 30'000));
  EXPECT_EQ(refused.code, static_cast<int>(response_code::system_busy));
  EXPECT_THAT(refused.remark, HasSubstr("remoting.pulls-max"));
  EXPECT_TRUE(says("refused a pull of 127.0.0.1:"));
  EXPECT_EQ(counted().at("refusedPulls"), 1u);
  // Those that wait are served, and give their places back.
  raw_client writer{broker_port()};
  put(writer, topic, 1);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(greedy.next().code, 0);
  EXPECT_EQ(
    greedy.call(request_code::pull_message, pull_fields(topic, 1, 0)).code, 0);
}

TEST_F(RemotingUnsent, BytesAreCountedUntilTheSocketHasTakenThem) {
  raw_client writer{broker_port()};
  const std::string body(200'000, 'x');
  put(writer, topic, 1, body);
  constexpr int count = 200;
  raw_client deaf{broker_port()};
  for (int i = 0; i < count; ++i)
    deaf.ask(request_code::pull_message, pull_fields(topic, 1, 0));
  // Sockets hold ten megabytes at the most.
  EXPECT_TRUE(
    eventually([&] { return counted().at("heldBytes") > 25'000'000; }, 5s));
  std::this_thread::sleep_for(200ms);
  EXPECT_GT(counted().at("heldBytes"), 25'000'000u);
  for (int i = 0; i < count; ++i)
    EXPECT_EQ(deaf.next().body.size() / 1000, 200u);
  EXPECT_TRUE(eventually([&] { return counted().at("heldBytes") == 0; }, 5s))
    << counted().at("heldBytes");
}

TEST_F(RemotingCounters, AnswersOfManyPullsDoNotPileUp) {
  raw_client writer{broker_port()};
  const std::string body(200'000, 'x');
  put(writer, topic, 1, body);
  const auto before = node_.running().resident_bytes();
  constexpr int count = 1'000; // together 200 MB
  raw_client deaf{broker_port()};
  for (int i = 0; i < count; ++i)
    deaf.ask(request_code::pull_message, pull_fields(topic, 1, 0));
  std::this_thread::sleep_for(500ms);
  EXPECT_LT(node_.running().peak_resident_bytes(), before + (32u << 20));
  EXPECT_LE(counted().at("heldBytes"), 16u << 20);
  // None of them is lost: each is answered as the client reads.
  for (int i = 0; i < count; ++i) {
    const auto answer = deaf.next();
    ASSERT_EQ(answer.code, 0) << answer.remark;
    ASSERT_EQ(answer.body.size() / 1000, 200u);
  }
  EXPECT_TRUE(eventually([&] { return counted().at("heldBytes") == 0; }, 5s));
}

TEST_F(RemotingCounters, PullsOfOneConnectionLeavePlacesAtAQueueToOthers) {
  raw_client greedy{broker_port()};
  constexpr int count = 500;
  for (int i = 0; i < count; ++i)
    greedy.ask(request_code::pull_message, pull_fields(topic, 1, 0, 2'000));
  auto refused = greedy.next();
  EXPECT_EQ(refused.code, static_cast<int>(response_code::system_busy));
  EXPECT_THAT(refused.remark, HasSubstr("of this client wait at this queue"));
  int waited = 0;
  for (int i = 1; i < count; ++i)
    if (greedy.next().code == static_cast<int>(response_code::pull_not_found))
      ++waited;
  EXPECT_EQ(waited, 128);
}

TEST_F(RemotingCounters, PullsOfConnectionsThatAreGoneLeavePlacesToo) {
  for (int client = 0; client < 80; ++client) { // 10,240 pulls; 10,000 places
    raw_client gone{broker_port()};
    for (int i = 0; i < 128; ++i)
      gone.ask(request_code::pull_message, pull_fields(topic, 1, 0, 60'000));
    gone.call(request_code::get_max_offset,
              {{"topic", topic}, {"queueId", "1"}});
  }
  raw_client client{broker_port()};
  EXPECT_EQ(
    client.call(request_code::pull_message, pull_fields(topic, 1, 0, 100)).code,
    static_cast<int>(response_code::pull_not_found));
}

TEST_F(RemotingFiles, AreAsManyAsTheSystemAllows) {
  rlimit files{};
  ASSERT_EQ(prlimit(node_.running().pid(), RLIMIT_NOFILE, nullptr, &files), 0);
  EXPECT_EQ(files.rlim_cur, before_.rlim_max);
}

TEST_F(RemotingManyConnections, ThanTheSystemAllowsAreSaidOnceForAllPorts) {
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  if (files.rlim_max > 2'000'000)
    GTEST_SKIP() << "a process may open " << files.rlim_max << " files";
  EXPECT_TRUE(says("too few for 2000000 connections"));
  const auto said = node_.running().error_output();
  EXPECT_EQ(said.find("too few"), said.rfind("too few")) << said;
}

TEST_F(RemotingIdle, AConnectionThatIsSilentIsClosed) {
  raw_client silent{broker_port()};
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(says("nothing was said on it for 1 s (remoting.idle-max)"));
  EXPECT_EQ(counted().at("idleClosed"), 1u);
}

TEST_F(RemotingCounters, OneWayMessagesOutliveAConnectionWhoseTopicIsNotThere) {
  constexpr int count = 200;
  {
    raw_client client{broker_port()};
    for (int i = 0; i < count; ++i)
      client.ask(request_code::send_message_v2, send_fields("fresh", 0), "x",
                 true);
  }
  raw_client reader{broker_port()};
  EXPECT_TRUE(eventually(
    [&] {
      return reader
               .call(request_code::get_max_offset,
                     {{"topic", "fresh"}, {"queueId", "0"}})
               .at("offset")
             == std::to_string(count);
    },
    patience));
}

TEST_F(RemotingBusyBroker, OneWayMessagesOutliveAConnectionThatIsClosed) {
  constexpr int count = 1'500;
  const std::string body(64 << 10, 'x');
  {
    raw_client client{broker_port()};
    for (int i = 0; i < count; ++i)
      client.ask(request_code::send_message_v2, send_fields(topic, 1), body,
                 true);
  }
  raw_client reader{broker_port()};
  EXPECT_TRUE(eventually(
    [&] { return max_offset(reader, 1) == std::to_string(count); }, patience))
    << max_offset(reader, 1);
  EXPECT_TRUE(
    eventually([&] { return counted().at("connections") == 1; }, patience));
  EXPECT_EQ(counted().at("heldBytes"), 0u);
}

TEST_F(RemotingBusyBroker, OneWayMessagesThatWereReadOutliveTheNodesEnd) {
  constexpr int count = 700;
  const std::string body(64 << 10, 'x');
  raw_client client{broker_port()};
  for (int i = 0; i < count; ++i)
    client.ask(request_code::send_message_v2, send_fields(topic, 1), body,
               true);
  EXPECT_TRUE(
    eventually([&] { return counted().at("requests") >= count; }, patience));
  EXPECT_EQ(node_.stop(), 0) << node_.running().error_output();
  ASSERT_TRUE(node_.start()) << node_.running().error_output();
  raw_client reader{broker_port()};
  EXPECT_EQ(max_offset(reader, 1), std::to_string(count));
}

TEST_F(RemotingMemory, OfLongFramesThatDoNotEndIsBounded) {
  raw_client bystander{broker_port()};
  const auto before = node_.running().resident_bytes();
  const std::string part(3 << 20, 'x');
  std::vector<std::unique_ptr<raw_client>> greedy;
  for (int i = 0; i < 30; ++i) {
    greedy.push_back(std::make_unique<raw_client>(broker_port()));
    greedy.back()->say(begin_of_frame(15 << 20));
    greedy.back()->say(part);
    EXPECT_LT(send_time(bystander), 5s);
  }
  EXPECT_TRUE(says("remoting.memory-limit"));
  EXPECT_LT(node_.running().resident_bytes(), before + (64u << 20));
  EXPECT_GT(counted().at("refusedFrames"), 20u);
  EXPECT_LE(counted().at("heldBytes"), 17u << 20);
}

TEST_F(RemotingMemory, ACrowdedPortReadsOnWhatItHaltedForItsOwnAnswers) {
  raw_client client{broker_port()};
  client.call(request_code::send_message_v2, send_fields(topic, 1),
              std::string(9000, 'x'));
  std::vector<std::unique_ptr<raw_client>> crowd;
  for (int i = 0; i < 14; ++i) {
    crowd.push_back(std::make_unique<raw_client>(broker_port()));
    crowd.back()->say(begin_of_frame(15 << 20));
    crowd.back()->say(std::string(1 << 20, 'x'));
  }
  ASSERT_TRUE(
    eventually([&] { return counted().at("heldBytes") > 9u << 20; }, patience));
  // Answers that are joined exceed what a connection may hold then, for a
  // moment.
  for (int round = 0; round < 1500; ++round) {
    const auto pulls = 2 + round % 5;
    for (int i = 0; i < pulls; ++i)
      client.ask(request_code::pull_message, pull_fields(topic, 1, 0));
    if (round % 2 == 0)
      client.ask(request_code::send_message_v2, send_fields(topic, 0), "y");
    else
      client.ask(request_code::get_max_offset,
                 {{"topic", topic}, {"queueId", "0"}});
    for (int i = 0; i <= pulls; ++i)
      ASSERT_EQ(client.next().code, 0) << "round " << round;
  }
}

TEST_F(RemotingCounters, AnAnswerReachesAClientThatSaysNothingMore) {
  for (int i = 0; i < 20; ++i) {
    raw_client client{broker_port()};
    client.ask(static_cast<request_code>(999), {});
    client.end_sending();
    EXPECT_EQ(client.next().code,
              static_cast<int>(response_code::request_code_not_supported));
  }
}

TEST_F(RemotingCounters, AConnectionThatIsCutLeavesNothingBehind) {
  raw_client bystander{broker_port()};
  send_time(bystander);
  const auto before = open_files();
  // They do not close their ends.
  std::vector<std::unique_ptr<raw_client>> rude;
  for (int i = 0; i < 50; ++i) {
    rude.push_back(std::make_unique<raw_client>(broker_port()));
    rude.back()->say("GET / HTTP/1.1\r\n\r\n");
  }
  for (auto& each : rude)
    EXPECT_TRUE(each->is_closed());
  EXPECT_TRUE(eventually([&] { return open_files() <= before + 2; }, patience))
    << before << " files before, now " << open_files();
  EXPECT_EQ(counted().at("refusedFrames"), 50u);
}

TEST_F(RemotingCounters, ThousandsOfSilentConnectionsHarmNobody) {
  constexpr std::size_t count = 5'000;
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  if (files.rlim_max < count + 100)
    GTEST_SKIP() << "this process may open " << files.rlim_max << " files";
  raw_client bystander{broker_port()};
  const auto before = node_.running().resident_bytes();
  std::vector<std::unique_ptr<raw_client>> silent;
  for (std::size_t i = 0; i < count; ++i)
    silent.push_back(std::make_unique<raw_client>(broker_port()));
  ASSERT_TRUE(eventually(
    [&] { return counted().at("connections") == count + 1; }, patience));
  const auto each = (node_.running().resident_bytes() - before) / count;
  RecordProperty("bytes_per_connection", static_cast<int>(each));
  EXPECT_LT(each, 30u << 10);
  EXPECT_LT(send_time(bystander), 5s);
}

} // namespace apogee::remoting
