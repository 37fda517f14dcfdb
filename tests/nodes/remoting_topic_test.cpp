#include "tests/nodes/remoting_node_test.hpp"

#include <chrono>
#include <memory>
#include <vector>

/// What RocketMQ's tools do with topics.
namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class RemotingTopics : public remoting_node_test {
protected:
  void SetUp() override {
    remoting_node_test::SetUp();
    client_ = std::make_unique<raw_client>(broker_port());
  }

  fields topic_fields(const std::string& name, int write, int read,
                      int permission = 6) {
    return {{"topic", name},
            {"defaultTopic", "TBW102"},
            {"readQueueNums", std::to_string(read)},
            {"writeQueueNums", std::to_string(write)},
            {"perm", std::to_string(permission)},
            {"topicFilterType", "SINGLE_TAG"},
            {"topicSysFlag", "0"},
            {"order", "false"}};
  }

  received update(const std::string& name, int write, int read,
                  int permission = 6) {
    return client_->call(request_code::update_and_create_topic,
                         topic_fields(name, write, read, permission));
  }

  int send_to(const std::string& name, int queue) {
    return client_
      ->call(request_code::send_message_v2, send_fields(name, queue), "x")
      .code;
  }

  int pull_from(const std::string& name, int queue) {
    return client_
      ->call(request_code::pull_message, pull_fields(name, queue, 0))
      .code;
  }

  bool is_routed(const std::string& name, const std::string& text) {
    raw_client names{node_.nameserver_port()};
    return eventually(
      [&] {
        return names
                 .call(request_code::get_route_info_by_topic, {{"topic", name}})
                 .body.find(text)
               != std::string::npos;
      },
      5s);
  }

  std::unique_ptr<raw_client> client_;
};

constexpr auto success = static_cast<int>(response_code::success);
constexpr auto invalid = static_cast<int>(response_code::invalid_parameter);

} // namespace

TEST_F(RemotingTopics, ATopicGrowsAndShrinksSafely) {
  ASSERT_EQ(update("orders", 4, 4).code, success);
  EXPECT_EQ(send_to("orders", 4), invalid);
  ASSERT_EQ(update("orders", 8, 8).code, success);
  EXPECT_TRUE(is_routed("orders", R"("readQueueNums":8)"));
  EXPECT_EQ(send_to("orders", 7), success);
  // First nobody is told to write there, and what is there is read.
  ASSERT_EQ(update("orders", 4, 8).code, success);
  EXPECT_TRUE(is_routed("orders", R"("writeQueueNums":4)"));
  EXPECT_EQ(pull_from("orders", 7), success);
  EXPECT_EQ(send_to("orders", 7), success) << "the client learns it later";
  EXPECT_EQ(send_to("orders", 8), invalid);
  ASSERT_EQ(update("orders", 4, 4).code, success);
  EXPECT_TRUE(is_routed("orders", R"("readQueueNums":4)"));
  EXPECT_EQ(pull_from("orders", 7), invalid);
  EXPECT_EQ(send_to("orders", 7), invalid);
  // Nothing is lost meanwhile.
  ASSERT_EQ(update("orders", 8, 8).code, success);
  const auto pulled =
    client_->call(request_code::pull_message, pull_fields("orders", 7, 0));
  EXPECT_EQ(messages(pulled).size(), 2u);
}

TEST_F(RemotingTopics, PermissionsAreAltered) {
  ASSERT_EQ(update("orders", 1, 1).code, success);
  ASSERT_EQ(update("orders", 1, 1, 4).code, success);
  EXPECT_EQ(send_to("orders", 0),
            static_cast<int>(response_code::no_permission));
  EXPECT_TRUE(is_routed("orders", R"("perm":4)"));
  ASSERT_EQ(update("orders", 1, 1, 2).code, success);
  EXPECT_EQ(send_to("orders", 0), success);
  EXPECT_EQ(pull_from("orders", 0),
            static_cast<int>(response_code::no_permission));
}

TEST_F(RemotingTopics, ANameserverListsTheTopics) {
  raw_client names{node_.nameserver_port()};
  ASSERT_EQ(update("orders", 1, 1).code, success);
  EXPECT_TRUE(eventually(
    [&] {
      return names.call(request_code::get_all_topic_list_from_nameserver, {})
               .body
             == R"({"topicList":["SCHEDULE_TOPIC_XXXX","good","orders"]})";
    },
    5s));
  EXPECT_EQ(names
              .call(request_code::get_topics_by_cluster,
                    {{"cluster", "DefaultCluster"}})
              .body,
            R"({"topicList":["SCHEDULE_TOPIC_XXXX","good","orders"]})");
  EXPECT_EQ(
    names.call(request_code::get_topics_by_cluster, {{"cluster", "other"}})
      .body,
    R"({"topicList":[]})");
}

TEST_F(RemotingTopics, ADeletedTopicHasNoRoute) {
  raw_client names{node_.nameserver_port()};
  ASSERT_EQ(update("orders", 1, 1).code, success);
  ASSERT_TRUE(is_routed("orders", "queueDatas"));
  ASSERT_EQ(
    client_->call(request_code::delete_topic_in_broker, {{"topic", "orders"}})
      .code,
    success);
  EXPECT_EQ(
    names.call(request_code::delete_topic_in_nameserver, {{"topic", "orders"}})
      .code,
    success);
  EXPECT_EQ(names
              .call(request_code::delete_kv_config,
                    {{"namespace", "ORDER_TOPIC_CONFIG"}, {"key", "orders"}})
              .code,
            success);
  EXPECT_TRUE(eventually(
    [&] {
      return names
               .call(request_code::get_route_info_by_topic,
                     {{"topic", "orders"}})
               .code
             == static_cast<int>(response_code::topic_not_exist);
    },
    5s));
}

TEST_F(RemotingTopics, ABrokerIsDrainedBeforeMaintenance) {
  raw_client names{node_.nameserver_port()};
  const auto cluster =
    names.call(request_code::get_broker_cluster_info, {}).body;
  const auto name = cluster.substr(cluster.find(R"("brokerName":")") + 14);
  const fields broker{{"brokerName", name.substr(0, name.find('"'))}};
  ASSERT_TRUE(is_routed(topic, R"("perm":6)"));
  const auto wiped =
    names.call(request_code::wipe_write_permission_of_broker, broker);
  EXPECT_EQ(wiped.code, success) << wiped.remark;
  EXPECT_EQ(wiped.at("wipeTopicCount"), "2") << "the delays' as well";
  EXPECT_TRUE(is_routed(topic, R"("perm":4)"));
  ASSERT_EQ(update("orders", 1, 1).code, success);
  EXPECT_TRUE(is_routed("orders", R"("perm":4)")) << "a new topic as well";
  EXPECT_TRUE(is_routed("TBW102", R"("perm":5)"))
    << "topics that a first message would make as well";
  const auto added =
    names.call(request_code::add_write_permission_of_broker, broker);
  EXPECT_EQ(added.at("addTopicCount"), "3");
  EXPECT_TRUE(is_routed(topic, R"("perm":6)"));
  EXPECT_TRUE(is_routed("TBW102", R"("perm":7)"));
}

TEST_F(RemotingTopics, ManyMaySendTheFirstMessageOfATopicAtOnce) {
  std::vector<std::unique_ptr<raw_client>> senders;
  for (int i = 0; i < 20; ++i)
    senders.push_back(std::make_unique<raw_client>(broker_port()));
  for (const auto* name : {"first", "second", "third"}) {
    for (auto& each : senders) {
      each->ask(request_code::send_message_v2, send_fields(name, 0), "x", true);
      each->ask(request_code::send_message_v2, send_fields(name, 0), "x");
    }
    for (auto& each : senders)
      EXPECT_EQ(each->next().code, success);
    EXPECT_EQ(client_
                ->call(request_code::get_max_offset,
                       {{"topic", name}, {"queueId", "0"}})
                .at("offset"),
              "40");
  }
}

TEST_F(RemotingTopics, ASenderThatKnowsOnlyTheTemplatesQueuesIsServed) {
  ASSERT_EQ(send_to("fresh", 0), success); // with 4 queues, as it asks
  const auto sent =
    client_->call(request_code::send_message_v2, send_fields("fresh", 6), "x");
  ASSERT_EQ(sent.code, success) << sent.remark;
  EXPECT_EQ(sent.at("queueId"), "2");
  EXPECT_EQ(send_to("fresh", 8), invalid) << "the template has 8";
  ASSERT_EQ(send_to("fresher", 7), success) << "the first one as well";
  ASSERT_EQ(update("orders", 4, 4).code, success);
  EXPECT_EQ(send_to("orders", 6), invalid) << "an operator has said how many";
}

TEST_F(RemotingTopics, WhatATopicCannotBeIsRefused) {
  EXPECT_EQ(update("orders", 0, 4).code, invalid);
  EXPECT_EQ(update("orders", 4, 4, 8).code, invalid);
  EXPECT_EQ(update("a topic", 4, 4).code, invalid);
  auto with_attribute = topic_fields("orders", 4, 4);
  with_attribute.emplace_back("attributes", "+colour=red");
  const auto refused =
    client_->call(request_code::update_and_create_topic, with_attribute);
  EXPECT_EQ(refused.code, invalid);
  EXPECT_THAT(refused.remark, HasSubstr("unsupported key: colour"));
}

} // namespace apogee::remoting
