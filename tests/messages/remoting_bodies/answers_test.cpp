// The texts of answers, as the protocol's description has them.
#include "messages/remoting_bodies/assignment.hpp"
#include "messages/remoting_bodies/connections.hpp"
#include "messages/remoting_bodies/consume_queue_page.hpp"
#include "messages/remoting_bodies/group_config.hpp"
#include "messages/remoting_bodies/name_lists.hpp"
#include "messages/remoting_bodies/offset_tables.hpp"
#include "messages/remoting_bodies/queue_locks.hpp"
#include "messages/remoting_bodies/routes.hpp"
#include "messages/remoting_bodies/statistics.hpp"
#include "messages/remoting_bodies/topic_config.hpp"

#include <gtest/gtest.h>

namespace apogee::remoting {

namespace {

const message_queue queue{"T", "broker-a", 0};
const data_version version{1, 0, 1700000000000};

subscription_data tag_a_of_t() {
  subscription_data data;
  data.topic = "T";
  data.expression = "TagA";
  data.tags = {"TagA"};
  data.tag_codes = {2598919};
  data.version = 1700000000000;
  return data;
}

#define QUEUE_TEXT R"({"brokerName":"broker-a","queueId":0,"topic":"T"})"
#define VERSION_TEXT                                                           \
  R"({"counter":1,"stateVersion":0,"timestamp":1700000000000})"
#define SUBSCRIPTION_TEXT                                                      \
  R"({"classFilterMode":false,"codeSet":[2598919],"expressionType":"TAG",)"    \
  R"("subString":"TagA","subVersion":1700000000000,"tagsSet":["TagA"],)"       \
  R"("topic":"T"})"
#define TOPIC_TEXT                                                             \
  R"({"attributes":{},"order":false,"perm":6,"readQueueNums":4,)"              \
  R"("topicFilterType":"SINGLE_TAG","topicName":"T","topicSysFlag":0,)"        \
  R"("writeQueueNums":4})"
#define GROUP_TEXT                                                             \
  R"({"attributes":{},"brokerId":0,"consumeBroadcastEnable":true,)"            \
  R"("consumeEnable":true,"consumeFromMinEnable":true,)"                       \
  R"("consumeMessageOrderly":false,"consumeTimeoutMinute":15,)"                \
  R"("groupName":"G","groupRetryPolicy":{"type":"CUSTOMIZED"},)"               \
  R"("groupSysFlag":0,"notifyConsumerIdsChangedEnable":true,)"                 \
  R"("retryMaxTimes":16,"retryQueueNums":1,"whichBrokerWhenConsumeSlowly":1})"

} // namespace

TEST(Answers, RouteIsCompact) {
  topic_route route;
  route.brokers = {{"broker-a", "DefaultCluster", {{0, "10.0.0.1:10911"}}, {}}};
  route.queues = {{"broker-a", 4, 4, 6, 0}};
  EXPECT_EQ(
    write_topic_route(route),
    R"({"brokerDatas":[{"brokerAddrs":{"0":"10.0.0.1:10911"},)"
    R"("brokerName":"broker-a","cluster":"DefaultCluster"}],)"
    R"("filterServerTable":{},"queueDatas":[{"brokerName":"broker-a","perm":6,)"
    R"("readQueueNums":4,"topicSysFlag":0,"writeQueueNums":4}]})");
}

TEST(Answers, RoutesAreReadBackAlsoInFastjsonsDialect) {
  topic_route route;
  route.brokers = {{"broker-a", "c", {{0, "h:1"}, {2, "h:2"}}, {}}};
  route.queues = {{"broker-a", 4, 5, 6, 0}};
  const auto read = parse_topic_route(write_topic_route(route));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->brokers[0].addresses, route.brokers[0].addresses);
  EXPECT_EQ(read->queues[0].write_queues, 5);
  EXPECT_EQ(read->queues[0].broker_name, "broker-a");
  const auto bare = parse_topic_route(
    R"({"brokerDatas":[{"brokerAddrs":{0:"h:9"},"brokerName":"b"}]})");
  ASSERT_TRUE(bare) << bare.error().text;
  EXPECT_EQ(bare->brokers[0].addresses.at(0), "h:9");
  EXPECT_FALSE(parse_topic_route("[]"));
}

TEST(Answers, ClustersAreReadBack) {
  const auto read = parse_cluster_info(
    write_cluster_info({{"b", "c", {{0, "h:1"}}, {}}, {"a", "c", {}, {}}}));
  ASSERT_TRUE(read) << read.error().text;
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[1].broker_name, "b");
  EXPECT_EQ((*read)[1].addresses.at(0), "h:1");
}

TEST(Answers, RouteNamesReplicasAndOrder) {
  topic_route route;
  route.brokers = {{"broker-a",
                    "DefaultCluster",
                    {{0, "10.0.0.1:10911"}, {1, "10.0.0.2:10911"}},
                    false}};
  route.queues = {{"broker-a", 4, 4, 6, 0}};
  route.order_config = "broker-a:4";
  EXPECT_EQ(
    write_topic_route(route),
    R"({"brokerDatas":[{"brokerAddrs":{"0":"10.0.0.1:10911",)"
    R"("1":"10.0.0.2:10911"},"brokerName":"broker-a",)"
    R"("cluster":"DefaultCluster","enableActingMaster":false}],)"
    R"("filterServerTable":{},"orderTopicConf":"broker-a:4",)"
    R"("queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":4,)"
    R"("topicSysFlag":0,"writeQueueNums":4}]})");
}

TEST(Answers, ClusterInfoListsBrokersByCluster) {
  EXPECT_EQ(
    write_cluster_info(
      {{"broker-a", "DefaultCluster", {{0, "10.0.0.1:10911"}}, false}}),
    R"({"brokerAddrTable":{"broker-a":{"brokerAddrs":{"0":"10.0.0.1:10911"},)"
    R"("brokerName":"broker-a","cluster":"DefaultCluster",)"
    R"("enableActingMaster":false}},)"
    R"("clusterAddrTable":{"DefaultCluster":["broker-a"]}})");
}

TEST(Answers, MemberGroupIsOneBroker) {
  EXPECT_EQ(write_broker_member_group(
              {"broker-a", "DefaultCluster", {{0, "10.0.0.1:10911"}}, {}}),
            R"({"brokerMemberGroup":{"brokerAddrs":{"0":"10.0.0.1:10911"},)"
            R"("brokerName":"broker-a","cluster":"DefaultCluster"}})");
}

TEST(Answers, ListsOfNamesAreNeverWithoutTheirList) {
  EXPECT_EQ(write_topic_list({"T1", "T2"}, "10.0.0.1:10911"),
            R"({"brokerAddr":"10.0.0.1:10911","topicList":["T1","T2"]})");
  EXPECT_EQ(write_topic_list({}), R"({"topicList":[]})");
  EXPECT_EQ(write_group_list({"g1"}), R"({"groupList":["g1"]})");
  EXPECT_EQ(write_consumer_id_list({"10.1.2.3@4242"}),
            R"({"consumerIdList":["10.1.2.3@4242"]})");
  EXPECT_EQ(write_key_value_table({{"k", "v"}}), R"({"table":{"k":"v"}})");
}

TEST(Answers, TopicConfigsAreATableByName) {
  topic_config topic;
  topic.name = "T";
  topic.read_queues = topic.write_queues = 4;
  EXPECT_EQ(write_topic_config(topic), TOPIC_TEXT);
  EXPECT_EQ(write_topic_config_table({topic}, version),
            R"({"dataVersion":)" VERSION_TEXT
            R"(,"topicConfigTable":{"T":)" TOPIC_TEXT "}}");
}

TEST(Answers, GroupConfigsAreATableByName) {
  group_config group;
  group.name = "G";
  EXPECT_EQ(write_group_config(group), GROUP_TEXT);
  EXPECT_EQ(write_group_config_table({group}, version),
            R"({"dataVersion":)" VERSION_TEXT
            R"(,"forbiddenTable":{},"subscriptionGroupTable":{"G":)" GROUP_TEXT
            "}}");
}

TEST(Answers, TopicStatsHaveQueuesAsKeys) {
  EXPECT_EQ(write_topic_stats({{{queue, {0, 6, 1700000000005}}}, 0}),
            R"({"offsetTable":{)" QUEUE_TEXT
            R"(:{"lastUpdateTimestamp":1700000000005,"maxOffset":6,)"
            R"("minOffset":0}},"topicPutTps":0.0})");
}

TEST(Answers, ConsumeStatsHaveQueuesAsKeys) {
  const consume_stats stats{{{queue, {6, 4, 5, 1700000000005}}}, 0};
  EXPECT_EQ(write_consume_stats(stats),
            R"({"consumeTps":0.0,"offsetTable":{)" QUEUE_TEXT
            R"(:{"brokerOffset":6,"consumerOffset":4,)"
            R"("lastTimestamp":1700000000005,"pullOffset":5}}})");
}

TEST(Answers, BrokerConsumeStatsAreAListOfGroups) {
  EXPECT_EQ(write_broker_consume_stats(
              {"10.0.0.1:10911", {{"G", {{}}}, {"H", {}}}, 3, 1}),
            R"({"brokerAddr":"10.0.0.1:10911","consumeStatsList":)"
            R"([{"G":[{"consumeTps":0.0,"offsetTable":{}}]},{"H":[]}],)"
            R"("totalDiff":3,"totalInflightDiff":1})");
}

TEST(Answers, BrokerStatsHaveThreeSpans) {
  EXPECT_EQ(write_broker_stats({{5, 0.5, 1.25}, {}, {}}),
            R"({"statsDay":{"avgpt":0.0,"sum":0,"tps":0.0},)"
            R"("statsHour":{"avgpt":0.0,"sum":0,"tps":0.0},)"
            R"("statsMinute":{"avgpt":1.25,"sum":5,"tps":0.5}})");
}

TEST(Answers, TimeSpansNameTheirQueue) {
  EXPECT_EQ(write_consume_time_spans({{queue, 1, 3, 1, 2}}),
            R"({"consumeTimeSpanSet":[{"consumeTimeStamp":1,"delayTime":2,)"
            R"("maxTimeStamp":3,"messageQueue":)" QUEUE_TEXT
            R"(,"minTimeStamp":1}]})");
}

TEST(Answers, ConsumerConnectionsHaveSubscriptionsByTopic) {
  consumer_connections all;
  all.connections = {{"10.1.2.3@4242", "10.1.2.3:50000", 0, 407}};
  all.subscriptions = {tag_a_of_t()};
  EXPECT_EQ(write_consumer_connections(all),
            R"({"connectionSet":[{"clientAddr":"10.1.2.3:50000",)"
            R"("clientId":"10.1.2.3@4242","language":"JAVA","version":407}],)"
            R"("consumeFromWhere":"CONSUME_FROM_LAST_OFFSET",)"
            R"("consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING",)"
            R"("subscriptionTable":{"T":)" SUBSCRIPTION_TEXT "}}");
}

TEST(Answers, ConnectionsNameOnlyLanguagesThatOldToolsKnow) {
  EXPECT_EQ(write_producer_connections({{"c", "a", 12, 1}}),
            R"({"connectionSet":[{"clientAddr":"a","clientId":"c",)"
            R"("language":"RUST","version":1}]})");
  EXPECT_EQ(language_name(9), "GO");
  EXPECT_EQ(language_name(13), "OTHER"); // Node's, of 5.x
  EXPECT_EQ(language_name(255), "OTHER");
}

TEST(Answers, ProducerTableIsByGroup) {
  EXPECT_EQ(
    write_producer_table({{"PG", {{{"c", "10.1.2.3:50000", 0, 407}, 1}}}}),
    R"({"data":{"PG":[{"clientId":"c","language":"JAVA",)"
    R"("lastUpdateTimestamp":1,"remoteIP":"10.1.2.3:50000",)"
    R"("version":407}]}})");
}

TEST(Answers, LockResultListsQueues) {
  EXPECT_EQ(write_queue_lock_result({queue}),
            R"({"lockOKMQSet":[)" QUEUE_TEXT "]}");
  EXPECT_EQ(write_queue_lock_result({}), R"({"lockOKMQSet":[]})");
}

TEST(Answers, ResetOffsetsHaveAFormForEachClient) {
  EXPECT_EQ(write_reset_offsets({{queue, 100}}),
            R"({"offsetTable":{)" QUEUE_TEXT ":100}}");
  EXPECT_EQ(write_reset_offsets_as_list({{queue, 100}}),
            R"({"offsetTable":[{"brokerName":"broker-a","offset":100,)"
            R"("queueId":0,"topic":"T"}]})");
}

TEST(Answers, ConsumerStatusIsByClient) {
  EXPECT_EQ(write_consumer_status({{"c", {{queue, 7}}}}),
            R"({"consumerTable":{"c":{)" QUEUE_TEXT
            R"(:7}},"messageQueueTable":{}})");
}

TEST(Answers, OffsetsByQueueHaveQuotedKeys) {
  EXPECT_EQ(write_correction_offsets({{0, 5}}),
            R"({"correctionOffsets":{"0":5}})");
  EXPECT_EQ(write_consumer_offsets({{"T@G", {{0, 7}}}}, version),
            R"({"dataVersion":)" VERSION_TEXT
            R"(,"offsetTable":{"T@G":{"0":7}}})");
}

TEST(Answers, ConsumeQueuePageListsEntries) {
  consume_queue_page page{0, 6, {{4386, 180, 2598919, true}}, {}, {}};
  EXPECT_EQ(write_consume_queue_page(page),
            R"({"maxQueueIndex":6,"minQueueIndex":0,"queueData":)"
            R"([{"eval":true,"physicOffset":4386,"physicSize":180,)"
            R"("tagsCode":2598919}]})");
  page.subscription = tag_a_of_t();
  page.filter_text = "none";
  EXPECT_EQ(write_consume_queue_page(page),
            R"({"filterData":"none","maxQueueIndex":6,"minQueueIndex":0,)"
            R"("queueData":[{"eval":true,"physicOffset":4386,"physicSize":180,)"
            R"("tagsCode":2598919}],"subscriptionData":)" SUBSCRIPTION_TEXT
            "}");
}

TEST(Answers, AssignmentsNameTheMode) {
  EXPECT_EQ(write_assignments({{queue, request_mode::pull},
                               {{"T", "broker-a", -1}, request_mode::pop}}),
            R"({"messageQueueAssignments":[{"attachments":null,)"
            R"("messageQueue":)" QUEUE_TEXT
            R"(,"mode":"PULL"},{"attachments":null,"messageQueue":)"
            R"({"brokerName":"broker-a","queueId":-1,"topic":"T"},)"
            R"("mode":"POP"}]})");
}

} // namespace apogee::remoting
