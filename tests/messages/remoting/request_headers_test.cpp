#include "messages/remoting/field_reader.hpp"
#include "messages/remoting/pull_header.hpp"
#include "messages/remoting/send_header.hpp"
#include "tests/messages/remoting/golden.hpp"
#include "tests/messages/remoting/remoting_test.hpp"

#include <limits>

namespace apogee::remoting {

namespace {

class RequestHeaders : public remoting_test {
protected:
  static command with_fields(std::vector<ext_field> fields,
                             request_code code = request_code::send_message) {
    command request;
    request.code = static_cast<std::int32_t>(code);
    request.fields = std::move(fields);
    return request;
  }

  static std::vector<ext_field> long_send_fields() {
    return {{"producerGroup", "PG"},
            {"topic", "T"},
            {"defaultTopic", "TBW102"},
            {"defaultTopicQueueNums", "4"},
            {"queueId", "-1"},
            {"sysFlag", "4"},
            {"bornTimestamp", "1700000000000"},
            {"flag", "7"}};
  }

  static std::vector<ext_field> pull_fields() {
    return {{"consumerGroup", "CG"},
            {"topic", "T"},
            {"queueId", "3"},
            {"queueOffset", "12"},
            {"maxMsgNums", "32"},
            {"sysFlag", "6"},
            {"commitOffset", "-1"},
            {"suspendTimeoutMillis", "15000"},
            {"subVersion", "1700000000000"}};
  }

  /// Without the field of that name.
  static std::vector<ext_field> without(std::vector<ext_field> fields,
                                        std::string_view key) {
    std::erase_if(fields, [key](const auto& f) { return f.key == key; });
    return fields;
  }

  static std::vector<ext_field> with(std::vector<ext_field> fields,
                                     std::string_view key,
                                     std::string_view value) {
    fields.push_back({key, value});
    return fields;
  }
};

} // namespace

// -- sending ------------------------------------------------------------------

TEST_F(RequestHeaders, OfASendHaveShortNames) {
  const auto sent = decode_send_header(decode(golden::send_request_json));
  ASSERT_TRUE(sent.has_value());
  EXPECT_EQ(sent->producer_group, "PG");
  EXPECT_EQ(sent->topic, "TopicTest");
  EXPECT_EQ(sent->default_topic, "TBW102");
  EXPECT_EQ(sent->default_topic_queues, 4);
  EXPECT_EQ(sent->queue_number, 2);
  EXPECT_EQ(sent->sys_flag, 0);
  EXPECT_EQ(sent->born_timestamp_ms, 1700000000000);
  EXPECT_EQ(sent->flag, 0);
  EXPECT_EQ(sent->properties.size(), 70u);
  EXPECT_EQ(sent->reconsume_times, 0);
  EXPECT_FALSE(sent->is_unit_mode);
  EXPECT_EQ(sent->max_reconsume_times, std::nullopt);
  EXPECT_FALSE(sent->is_batch);
  EXPECT_EQ(sent->broker_name, "broker-a");
}

TEST_F(RequestHeaders, OfASendHaveLongNames) {
  const auto sent = decode_send_header(with_fields(with(
    with(long_send_fields(), "maxReconsumeTimes", "16"), "batch", "True")));
  ASSERT_TRUE(sent.has_value());
  EXPECT_EQ(sent->producer_group, "PG");
  EXPECT_EQ(sent->queue_number, -1);
  EXPECT_EQ(sent->sys_flag, 4);
  EXPECT_EQ(sent->flag, 7);
  EXPECT_EQ(sent->properties, "");
  EXPECT_EQ(sent->max_reconsume_times, 16);
  EXPECT_TRUE(sent->is_batch);
}

TEST_F(RequestHeaders, OfASendNameWhatIsMissing) {
  for (const auto& [key, value] : long_send_fields()) {
    const auto sent =
      decode_send_header(with_fields(without(long_send_fields(), key)));
    ASSERT_FALSE(sent.has_value());
    EXPECT_EQ(to_string(sent.error()), "invalid-argument: the custom field <"
                                         + std::string{key} + "> is null");
  }
}

TEST_F(RequestHeaders, OfASendNameTheNumberThatIsNone) {
  for (const auto* wrong : {"", "x", "4x", " 4", "2147483648", "0x4", "4.0"}) {
    const auto sent = decode_send_header(
      with_fields(with(long_send_fields(), "queueId", wrong)));
    ASSERT_FALSE(sent.has_value()) << wrong;
    EXPECT_EQ(to_string(sent.error()),
              "invalid-argument: the custom field <queueId> is not a number of "
              "its size");
  }
}

TEST_F(RequestHeaders, OfASendPassOverWhatTheyDoNotKnow) {
  auto fields = long_send_fields();
  for (const auto* key : {"a", "e", "AccessKey", "", "~", "\xff", "A"})
    fields.push_back({key, "x"});
  EXPECT_TRUE(decode_send_header(with_fields(fields)).has_value());
  std::vector<ext_field> short_ones;
  for (const auto* key : {"a", "b", "c", "d", "e", "f", "g", "h"})
    short_ones.push_back({key, "1"});
  for (const auto* key : {"topic", "o", "z", "AccessKey", "", "~", "\xff", "A"})
    short_ones.push_back({key, "x"});
  EXPECT_TRUE(
    decode_send_header(with_fields(short_ones, request_code::send_message_v2))
      .has_value());
}

// -- pulling ------------------------------------------------------------------

TEST_F(RequestHeaders, OfAPullAreRead) {
  auto fields = with(pull_fields(), "subscription", "TagA || TagB");
  fields = with(fields, "expressionType", "TAG");
  fields = with(fields, "maxMsgBytes", "262144");
  fields = with(fields, "bname", "broker-a");
  const auto pull = decode_pull_header(with_fields(fields));
  ASSERT_TRUE(pull.has_value());
  EXPECT_EQ(pull->consumer_group, "CG");
  EXPECT_EQ(pull->topic, "T");
  EXPECT_EQ(pull->queue_number, 3);
  EXPECT_EQ(pull->queue_offset, 12);
  EXPECT_EQ(pull->messages_max, 32);
  EXPECT_EQ(pull->commit_offset, -1);
  EXPECT_EQ(pull->suspend_timeout_ms, 15000);
  EXPECT_EQ(pull->subscription, "TagA || TagB");
  EXPECT_EQ(pull->subscription_version, 1700000000000);
  EXPECT_EQ(pull->expression_type, "TAG");
  EXPECT_EQ(pull->bytes_max, 262144);
  EXPECT_FALSE(pull->commits_offset());
  EXPECT_TRUE(pull->may_suspend());
  EXPECT_TRUE(pull->has_subscription());
  EXPECT_FALSE(pull->has_class_filter());
  EXPECT_FALSE(pull->is_lite_pull());
}

TEST_F(RequestHeaders, OfAPullMayLeaveOutTheSubscriptionsVersion) {
  const auto pull =
    decode_pull_header(with_fields(without(pull_fields(), "subVersion")));
  ASSERT_TRUE(pull.has_value());
  EXPECT_EQ(pull->subscription_version, 0);
  EXPECT_EQ(pull->bytes_max, std::nullopt);
}

TEST_F(RequestHeaders, OfAPullNameWhatIsMissing) {
  for (const auto& [key, value] : without(pull_fields(), "subVersion")) {
    const auto pull =
      decode_pull_header(with_fields(without(pull_fields(), key)));
    ASSERT_FALSE(pull.has_value());
    EXPECT_EQ(pull.error().text,
              "the custom field <" + std::string{key} + "> is null");
  }
}

// -- any other ----------------------------------------------------------------

TEST_F(RequestHeaders, AreReadFieldByField) {
  const auto request = with_fields({{"group", "G"},
                                    {"queueId", "3"},
                                    {"offset", "-9223372036854775808"},
                                    {"isForce", "TRUE"},
                                    {"empty", ""}});
  field_reader fields{request};
  EXPECT_EQ(fields.text("group"), "G");
  EXPECT_EQ(fields.text("empty"), "");
  EXPECT_EQ(fields.int32("queueId"), 3);
  EXPECT_EQ(fields.int64("offset"), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(fields.boolean("isForce"));
  EXPECT_FALSE(fields.boolean("group"));
  EXPECT_EQ(fields.optional_text("topic"), std::nullopt);
  EXPECT_EQ(fields.optional_int32("queueId"), 3);
  EXPECT_EQ(fields.optional_int32("empty"), std::nullopt);
  EXPECT_EQ(fields.optional_int64("none"), std::nullopt);
  EXPECT_TRUE(fields.boolean_or("none", true));
  EXPECT_FALSE(fields.boolean_or("group", true));
  EXPECT_TRUE(fields.outcome().has_value());
}

TEST_F(RequestHeaders, RememberTheFirstFieldThatIsWrong) {
  const auto request = with_fields({{"queueId", "x"}});
  field_reader fields{request};
  EXPECT_EQ(fields.int32("queueId"), 0);
  EXPECT_EQ(fields.text("group"), "");
  EXPECT_EQ(fields.int64("offset"), 0);
  EXPECT_EQ(to_string(fields.outcome().error()),
            "invalid-argument: the custom field <queueId> is not a number of "
            "its size");
  field_reader others{request};
  EXPECT_EQ(others.optional_int64("queueId"), std::nullopt);
  EXPECT_FALSE(others.outcome().has_value());
  field_reader none{request};
  EXPECT_FALSE(none.boolean("group"));
  EXPECT_EQ(none.outcome().error().text, "the custom field <group> is null");
}

} // namespace apogee::remoting
