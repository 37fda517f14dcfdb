#include "tests/nodes/native_reader.hpp"
#include "tests/nodes/remoting_node_test.hpp"

#include <atomic>
#include <cstdlib>
#include <memory>

/// What RocketMQ's tools see of how much goes through a broker.
namespace apogee::remoting {

namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr auto success = static_cast<int>(response_code::success);

class RemotingStatistics : public remoting_node_test {
protected:
  void SetUp() override {
    remoting_node_test::SetUp();
    tool_ = std::make_unique<raw_client>(broker_port());
    ASSERT_EQ(tool_
                ->call(request_code::update_and_create_subscription_group, {},
                       R"({"groupName":"readers"})")
                .code,
              success);
  }

  void put(const std::string& to, int queue, int count) {
    for (int i = 0; i < count; ++i)
      remoting_node_test::put(*tool_, to, queue);
  }

  void commit(int queue, int offset) {
    tool_->call(request_code::update_consumer_offset,
                {{"consumerGroup", "readers"},
                 {"topic", topic},
                 {"queueId", std::to_string(queue)},
                 {"commitOffset", std::to_string(offset)}});
  }

  received pull(int queue, std::int64_t offset) {
    return tool_->call(request_code::pull_message,
                       pull_fields(topic, queue, offset));
  }

  received statistic(const std::string& name, const std::string& key) {
    return tool_->call(request_code::view_broker_stats_data,
                       {{"statsName", name}, {"statsKey", key}});
  }

  /// Messages, or bytes, of the last day.
  std::int64_t sum(const std::string& name, const std::string& key) {
    const auto shown = statistic(name, key);
    EXPECT_EQ(shown.code, success) << shown.remark;
    const std::string before = R"("sum":)";
    const auto found = shown.body.find(before);
    EXPECT_NE(found, std::string::npos) << shown.body;
    return std::atoll(shown.body.c_str() + found + before.size());
  }

  std::unique_ptr<raw_client> tool_;
};

} // namespace

TEST_F(RemotingStatistics, WhatWasSentIsCountedByTopicAndForTheBroker) {
  const auto before = sum("BROKER_PUT_NUMS", "DefaultCluster");
  const auto topic_before = sum("TOPIC_PUT_NUMS", topic);
  put(topic, 0, 2);
  put(topic, 1, 1);
  put("young", 0, 4); // made by its first message
  EXPECT_EQ(sum("TOPIC_PUT_NUMS", topic), topic_before + 3);
  EXPECT_EQ(sum("TOPIC_PUT_NUMS", "young"), 4);
  EXPECT_GT(sum("TOPIC_PUT_SIZE", "young"), 4 * 64);
  EXPECT_EQ(sum("BROKER_PUT_NUMS", "DefaultCluster"), before + 7);
  EXPECT_THAT(statistic("TOPIC_PUT_NUMS", "young").body,
              StartsWith(R"({"statsDay":{"avgpt":1.0,"sum":4,"tps":0.0011)"));
}

TEST_F(RemotingStatistics, WhatWasPulledIsCountedByGroup) {
  put(topic, 1, 5);
  EXPECT_EQ(messages(pull(1, 0)).size(), 5u);
  EXPECT_EQ(messages(pull(1, 3)).size(), 2u);
  EXPECT_EQ(sum("GROUP_GET_NUMS", "good@readers"), 7);
  EXPECT_GT(sum("GROUP_GET_SIZE", "good@readers"), 7 * 64);
  EXPECT_EQ(sum("BROKER_GET_NUMS", "DefaultCluster"), 7);
}

TEST_F(RemotingStatistics, NativeMembersReadForTheirGroup) {
  put(topic, 1, 3);
  std::atomic<int> consumed = 0;
  const auto native = spawn_native_reader(
    clients_.system, native_reader_settings(node_.address(), "natives", topic),
    consumed);
  ASSERT_TRUE(eventually([&] { return consumed == 4; }, patience));
  EXPECT_EQ(sum("GROUP_GET_NUMS", "good@natives"), 4);
}

TEST_F(RemotingStatistics, WhatIsNotKnownIsRefusedAsTheOriginalDoes) {
  for (const auto& [name, key] : fields{{"TOPIC_PUT_NUMS", "nothing"},
                                        {"GROUP_GET_NUMS", "good@readers"},
                                        {"SNDBCK_PUT_NUMS", "good@readers"},
                                        {"BROKER_PUT_NUMS", "OtherCluster"},
                                        {"COFFEE_PUT_NUMS", topic}}) {
    const auto shown = statistic(name, key);
    EXPECT_EQ(shown.code, static_cast<int>(response_code::system_error));
    EXPECT_EQ(shown.remark, "The stats <" + name + "> <" + key + "> not exist");
  }
}

TEST_F(RemotingStatistics, AGroupsProgressHasItsRateAndWhatItHasPulled) {
  put(topic, 1, 5);
  commit(1, 2);
  pull(1, 0);
  pull(1, 4);
  const auto progress = tool_->call(request_code::get_consume_stats,
                                    {{"consumerGroup", "readers"}});
  ASSERT_EQ(progress.code, success) << progress.remark;
  EXPECT_THAT(progress.body, StartsWith(R"({"consumeTps":0.)"));
  EXPECT_THAT(progress.body, Not(HasSubstr(R"("consumeTps":0.0,)")));
  EXPECT_THAT(progress.body, HasSubstr(R"("consumerOffset":2,)"));
  EXPECT_THAT(progress.body, HasSubstr(R"("pullOffset":5)"));
  EXPECT_THAT(
    tool_->call(request_code::get_topic_stats_info, {{"topic", topic}}).body,
    HasSubstr(R"("topicPutTps":0.)"));
}

TEST_F(RemotingStatistics, APullBeyondTheEndIsNoProgress) {
  put(topic, 1, 2);
  commit(1, 1);
  pull(1, 1'000'000);
  const auto progress = tool_->call(request_code::get_consume_stats,
                                    {{"consumerGroup", "readers"}});
  EXPECT_THAT(progress.body, HasSubstr(R"("pullOffset":2)"));
}

TEST_F(RemotingStatistics, AGroupThatNobodyKnowsCountsForTheBrokerAlone) {
  put(topic, 1, 2);
  auto invented = pull_fields(topic, 1, 0);
  invented[0].second = "invented";
  EXPECT_EQ(messages(tool_->call(request_code::pull_message, invented)).size(),
            2u);
  EXPECT_EQ(statistic("GROUP_GET_NUMS", "good@invented").code,
            static_cast<int>(response_code::system_error));
  EXPECT_EQ(sum("BROKER_GET_NUMS", "DefaultCluster"), 2);
}

TEST_F(RemotingStatistics, WhatIsDeletedLeavesNothingBehind) {
  const auto is_counted = [&](const std::string& key) {
    return statistic("GROUP_GET_NUMS", key).code == success;
  };
  const auto read_young = [&] {
    put("young", 1, 1);
    tool_->call(request_code::pull_message, pull_fields("young", 1, 0));
    return is_counted("young@readers");
  };
  put(topic, 1, 1);
  pull(1, 0);
  ASSERT_TRUE(read_young());
  tool_->call(request_code::delete_topic_in_broker, {{"topic", "young"}});
  ASSERT_TRUE(
    eventually([&] { return !is_counted("young@readers"); }, patience));
  EXPECT_TRUE(is_counted("good@readers"));
  EXPECT_TRUE(read_young());
  tool_->call(request_code::delete_subscription_group,
              {{"groupName", "readers"}});
  EXPECT_FALSE(is_counted("good@readers"));
  EXPECT_FALSE(is_counted("young@readers"));
}

TEST_F(RemotingStatistics, ABrokersStateHasWhatClientsDid) {
  put(topic, 1, 3);
  pull(1, 0);
  const auto state = tool_->call(request_code::get_broker_runtime_info, {});
  ASSERT_EQ(state.code, success) << state.remark;
  EXPECT_THAT(state.body, HasSubstr(R"("msgPutTotalTodayNow":"4")"));
  EXPECT_THAT(state.body, HasSubstr(R"("msgPutTotalTodayMorning":"0")"));
  EXPECT_THAT(state.body, HasSubstr(R"("msgGetTotalTodayNow":"3")"));
  const std::string oldest = R"("earliestMessageTimeStamp":")";
  const auto found = state.body.find(oldest);
  ASSERT_NE(found, std::string::npos);
  EXPECT_GT(std::atoll(state.body.c_str() + found + oldest.size()),
            1'700'000'000'000);
}

} // namespace apogee::remoting
