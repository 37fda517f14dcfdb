#include "tests/nodes/remoting_node_test.hpp"

#include <chrono>
#include <csignal>
#include <poll.h>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;

/// The orderly end of a node whose clients go on.
class RemotingDrain : public remoting_node_test {
protected:
  /// A question that its member does not answer is waited for.
  static constexpr auto question = request_code::get_consumer_running_info;

  static std::string beat() {
    return R"({"clientID":"one","consumerDataSet":[{"groupName":"readers","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionDataSet":[{"topic":"good","subString":"*","subVersion":1}]}]})";
  }

  static bool is_answered(const raw_client& client) {
    pollfd socket{client.socket(), POLLIN, 0};
    return poll(&socket, 1, 1'000) > 0;
  }

  void TearDown() override {} // the node is gone
};

} // namespace

TEST_F(RemotingDrain,
       WhoComesMeanwhileIsNotReadAndWhatServicesHaveIsWaitedFor) {
  raw_client member{broker_port()};
  member.ask(request_code::heartbeat, {}, beat());
  member.next();
  member.next();
  raw_client tool{broker_port()};
  tool.ask(question, {{"consumerGroup", "readers"},
                      {"clientId", "one"},
                      {"jstackEnable", "false"}});
  ASSERT_EQ(member.next().code, static_cast<int>(question));
  node_.running().signal(SIGTERM);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually(
    [&] {
      raw_client late{broker_port()};
      late.ask(request_code::send_message_v2, send_fields(topic, 0), "x");
      return !is_answered(late);
    },
    2s));
  EXPECT_EQ(node_.running().wait(patience), 0);
  EXPECT_GT(std::chrono::steady_clock::now() - start, 3'500ms);
  EXPECT_TRUE(says("could not be stored or answered before the node's end"));
}

} // namespace apogee::remoting
