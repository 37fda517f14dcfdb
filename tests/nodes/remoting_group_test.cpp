#include "tests/nodes/native_reader.hpp"
#include "tests/nodes/remoting_node_test.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>

/// Native members and RocketMQ's in one group, on topic "good" of two queues.
namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr auto ids_changed =
  static_cast<int>(request_code::notify_consumer_ids_changed);

/// What moves does so in a second; a busy machine may hold it up.
constexpr auto moved = 10s;

class RemotingGroup : public remoting_node_test {
protected:
  using remoting_node_test::remoting_node_test;

  /// A RocketMQ member: answers that it waits for come before what it is told.
  struct rocketmq_client : raw_client {
    rocketmq_client(std::uint16_t port, std::string name)
      : raw_client(port), id(std::move(name)) {}

    void beat() { EXPECT_EQ(beat("*").code, 0); }

    received beat(const std::string& tags) {
      ask(
        request_code::heartbeat, {},
        R"({"clientID":")" + id
          + R"(","consumerDataSet":[{"groupName":"readers","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionDataSet":[{"topic":"good","subString":")"
          + tags + R"(","subVersion":1}]}]})");
      return answer();
    }

    received answer() {
      for (;;) {
        auto next = raw_client::next();
        if (next.code != ids_changed)
          return next;
        ++told;
      }
    }

    received request(request_code code, const fields& with,
                     const std::string& body = {}) {
      ask(code, with, body);
      return answer();
    }

    std::string members() {
      return request(request_code::get_consumer_list_by_group,
                     {{"consumerGroup", "readers"}})
        .body;
    }

    std::string offset(int queue) {
      return request(request_code::query_consumer_offset,
                     {{"consumerGroup", "readers"},
                      {"topic", "good"},
                      {"queueId", std::to_string(queue)}})
        .at("offset");
    }

    bool lock(int queue) {
      return request(
               request_code::lock_batch_queues, {},
               R"({"clientId":")" + id
                 + R"(","consumerGroup":"readers","mqSet":[{"brokerName":"apogee","queueId":)"
                 + std::to_string(queue) + R"(,"topic":"good"}]})")
               .body.find("queueId")
             != std::string::npos;
    }

    std::string id;
    int told = 0;
  };

  client::push_consumer join(const std::string& id, bool is_ordered = false) {
    auto settings = native_reader_settings(node_.address(), "readers", topic);
    settings.member_id = id;
    settings.ordered = is_ordered;
    return spawn_native_reader(clients_.system, settings, consumed);
  }

  static bool has(const client::push_consumer& member,
                  std::vector<std::uint32_t> queues) {
    return eventually(
      [&] {
        std::vector<std::uint32_t> own;
        for (const auto& queue : member.queues())
          own.push_back(queue.number);
        std::sort(own.begin(), own.end());
        return own == queues;
      },
      moved);
  }

  std::atomic<int> consumed{0};
};

} // namespace

TEST_F(RemotingGroup, MembersOfBothKindsShareTheQueues) {
  rocketmq_client java{broker_port(), "a-java"};
  java.beat();
  const auto native = join("b-native");
  EXPECT_TRUE(has(native, {1})) << "the second half";
  EXPECT_THAT(java.members(), HasSubstr(R"(["a-java","b-native"])"));
  EXPECT_GT(java.told, 0);
}

TEST_F(RemotingGroup, TheQueuesOfALostConnectionMoveToTheNativeMember) {
  auto java = std::make_unique<rocketmq_client>(broker_port(), "a-java");
  java->beat();
  const auto native = join("b-native");
  ASSERT_TRUE(has(native, {1}));
  java.reset();
  EXPECT_TRUE(has(native, {0, 1}));
}

TEST_F(RemotingGroup, WhoAsksWhereToStartWaitsForTheNativeMember) {
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(send(bystander_, std::to_string(i)));
  const auto native = join("b-native");
  ASSERT_TRUE(has(native, {0, 1}));
  ASSERT_TRUE(eventually([&] { return consumed >= 21; }, moved));
  rocketmq_client java{broker_port(), "a-java"};
  java.beat();
  // What the native member has read but not reported yet is in the answer.
  const auto start = std::stoll(java.offset(0));
  const auto end = std::stoll(java
                                .request(request_code::get_max_offset,
                                         {{"topic", topic}, {"queueId", "0"}})
                                .at("offset"));
  EXPECT_EQ(start, end);
  EXPECT_TRUE(has(native, {1}));
}

TEST_F(RemotingGroup, NobodyLocksAQueueOfANativeMember) {
  auto native = join("b-native", true);
  ASSERT_TRUE(has(native, {0, 1}));
  rocketmq_client java{broker_port(), "a-java"};
  java.beat();
  EXPECT_TRUE(eventually([&] { return java.lock(0); }, moved))
    << "it is given back";
  EXPECT_FALSE(java.lock(1));
  native.stop();
  EXPECT_TRUE(java.lock(1));
}

TEST_F(RemotingGroup, ANativeMemberWaitsForALockToBeGivenBack) {
  rocketmq_client java{broker_port(), "b-java"};
  java.beat();
  ASSERT_TRUE(java.lock(0));
  const auto native = join("a-native", true);
  ASSERT_TRUE(eventually(
    [&] { return java.members().find("a-native") != std::string::npos; },
    moved));
  std::this_thread::sleep_for(1s);
  EXPECT_TRUE(native.queues().empty());
  java.request(
    request_code::unlock_batch_queues, {},
    R"({"clientId":"b-java","consumerGroup":"readers","mqSet":[{"brokerName":"apogee","queueId":0,"topic":"good"}]})");
  EXPECT_TRUE(has(native, {0}));
}

TEST_F(RemotingGroup, ALockThatGosClientForgetsIsTakenBack) {
  rocketmq_client go{broker_port(), "b-go"};
  go.language = client_language::go;
  go.beat();
  ASSERT_TRUE(go.lock(0));
  ASSERT_TRUE(go.lock(1));
  const auto native = join("a-native", true);
  EXPECT_TRUE(has(native, {0}));
  EXPECT_TRUE(go.lock(1)) << "its own it keeps";
}

TEST_F(RemotingGroup, AQueueThatAMemberStartedIsReadFromThereByTheNextOne) {
  {
    rocketmq_client java{broker_port(), "a-java"};
    java.beat();
    ASSERT_EQ(java.offset(0), "0");
    ASSERT_EQ(java.offset(1), "0");
  }
  // It dies before it commits; this one would start behind the newest message.
  auto settings = native_reader_settings(node_.address(), "readers", topic);
  settings.from = client::start_from::latest;
  const auto native = spawn_native_reader(clients_.system, settings, consumed);
  EXPECT_TRUE(eventually([&] { return consumed == 1; }, moved))
    << "the one sent before";
}

class RemotingStrictGroup : public RemotingGroup {
protected:
  RemotingStrictGroup()
    : RemotingGroup({"--remoting.differing-subscriptions=refuse"}) {}
};

TEST_F(RemotingStrictGroup, WhoWantsSomethingElseThanTheOthersStaysOut) {
  rocketmq_client first{broker_port(), "java-1"};
  rocketmq_client other{broker_port(), "java-2"};
  EXPECT_EQ(first.beat("red").code, 0);
  const auto refused = other.beat("blue");
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.remark, HasSubstr("something else of topic good"));
  EXPECT_TRUE(says("client java-2 may not join consumer group readers"));
  EXPECT_THAT(first.members(), Not(HasSubstr("java-2")));
  EXPECT_EQ(other.beat("red").code, 0);
  EXPECT_THAT(first.members(), HasSubstr("java-2"));
  EXPECT_NE(other.beat("blue").code, 0);
  EXPECT_THAT(first.members(), Not(HasSubstr("java-2")));
}

} // namespace apogee::remoting
