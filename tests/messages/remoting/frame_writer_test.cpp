#include "messages/remoting/frame_writer.hpp"
#include "messages/remoting/stored_message.hpp"
#include "tests/messages/remoting/golden.hpp"
#include "tests/messages/remoting/remoting_test.hpp"

#include <limits>

namespace apogee::remoting {

namespace {

class FrameWriter : public remoting_test {
protected:
  static constexpr auto both_types = {serialize_type::json,
                                      serialize_type::binary};

  static command request_of(serialize_type type, std::int32_t opaque) {
    command request;
    request.type = type;
    request.opaque = opaque;
    return request;
  }

  std::string answer(serialize_type type, std::int32_t opaque,
                     response_code code, std::string_view remark = {}) {
    out.clear();
    append_answer(out, request_of(type, opaque), code, remark);
    return text_of(out);
  }

  void write_send_answer(serialize_type type) {
    frame_writer writer{out, type,
                        answer_to(request_of(type, 9), response_code::success)};
    writer.field("MSG_REGION", "DefaultRegion");
    writer.field("TRACE_ON", true);
    writer.field("msgId", "0A00000100002A9F0000000000001122");
    writer.field("queueId", 2);
    writer.field("queueOffset", std::int64_t{5});
    writer.field("transactionId", "0A010203109218B4AAC2000000000000");
    EXPECT_TRUE(writer.finish());
  }

  std::vector<char> out;
};

} // namespace

TEST_F(FrameWriter, WritesErrorsAsRocketmqDoes) {
  const auto* remark = "No topic route info in name server for the topic: Nope";
  EXPECT_EQ(
    answer(serialize_type::json, 7, response_code::topic_not_exist, remark),
    golden::route_error_json);
  EXPECT_EQ(
    answer(serialize_type::binary, 7, response_code::topic_not_exist, remark),
    golden::route_error_binary);
}

TEST_F(FrameWriter, WritesAnswersWithoutFieldsAsRocketmqDoes) {
  EXPECT_EQ(answer(serialize_type::json, 8, response_code::success),
            golden::heartbeat_answer_json);
  EXPECT_EQ(answer(serialize_type::binary, 8, response_code::success),
            golden::heartbeat_answer_binary);
}

TEST_F(FrameWriter, WritesSendAnswersAsRocketmqDoes) {
  write_send_answer(serialize_type::json);
  EXPECT_EQ(text_of(out), golden::send_answer_json);
  out.clear();
  write_send_answer(serialize_type::binary);
  EXPECT_EQ(text_of(out), golden::send_answer_binary);
}

TEST_F(FrameWriter, LetsTheBodyBeAppendedToTheSameBuffer) {
  const auto body = golden::route_answer_json.substr(8 + 0x5f);
  frame_writer writer{
    out, serialize_type::json,
    answer_to(request_of(serialize_type::json, 7), response_code::success)};
  auto& to = writer.body();
  EXPECT_EQ(&to, &out);
  to.insert(to.end(), body.begin(), body.end());
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(text_of(out), golden::route_answer_json);
}

TEST_F(FrameWriter, WritesPullAnswersAsRocketmqDoes) {
  const auto write = [this](std::int32_t opaque, response_code code,
                            std::string_view remark, std::string_view body) {
    out.clear();
    const auto request = request_of(serialize_type::json, opaque);
    frame_writer writer{out, request.type, answer_to(request, code, remark)};
    writer.field("maxOffset", 6);
    writer.field("minOffset", 0);
    writer.field("nextBeginOffset", 6);
    writer.field("suggestWhichBrokerId", 0);
    auto& to = writer.body();
    to.insert(to.end(), body.begin(), body.end());
    EXPECT_TRUE(writer.finish());
    return text_of(out);
  };
  EXPECT_EQ(
    write(11, response_code::success, "FOUND", golden::stored_message_v1),
    golden::pull_answer_found);
  EXPECT_EQ(write(12, response_code::pull_not_found, "OFFSET_OVERFLOW_ONE", ""),
            golden::pull_answer_not_found);
}

TEST_F(FrameWriter, WritesRequestsToClients) {
  frame_writer writer{
    out, serialize_type::json,
    request_to_client(request_code::notify_consumer_ids_changed, 1001, true)};
  writer.field("consumerGroup", "CG");
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(text_of(out), golden::notify_consumer_ids_changed);
}

TEST_F(FrameWriter, AppendsToWhatIsInTheBuffer) {
  out = {'x', 'y'};
  write_send_answer(serialize_type::json);
  write_send_answer(serialize_type::binary);
  EXPECT_EQ(text_of(out),
            "xy" + golden::send_answer_json + golden::send_answer_binary);
}

TEST_F(FrameWriter, TakesBackWhatIsNotFinished) {
  out = {'x', 'y'};
  for (const auto type : both_types) {
    frame_writer writer{out, type, {}};
    writer.field("key", "value");
    writer.body().push_back('z');
  }
  EXPECT_EQ(text_of(out), "xy");
}

TEST_F(FrameWriter, TakesBackWhatIsTooLong) {
  for (const auto type : both_types) {
    out = {'x', 'y'};
    frame_writer body_too_long{out, type, {}};
    body_too_long.body().resize(2 + frame_bytes_max + 1);
    EXPECT_FALSE(body_too_long.finish());
    EXPECT_EQ(out.size(), 2u);
    frame_writer header_too_long{out, type, {}};
    header_too_long.field("key", std::string(frame_bytes_max, 'x'));
    EXPECT_FALSE(header_too_long.finish());
    EXPECT_EQ(out.size(), 2u);
  }
}

TEST_F(FrameWriter, WritesFramesOfTheGreatestLength) {
  for (const auto type : both_types) {
    out = {'x'};
    frame_writer writer{out, type, {}};
    writer.body().resize(1 + frame_bytes_max);
    EXPECT_TRUE(writer.finish());
    EXPECT_TRUE(find_frame({out.data() + 1, out.size() - 1}).has_value());
  }
}

TEST_F(FrameWriter, EscapesText) {
  std::string every_character;
  for (int c = 0; c < 256; ++c)
    every_character += static_cast<char>(c);
  for (int i = 0; i < 5; ++i)
    every_character += every_character;
  for (const auto type : both_types) {
    out.clear();
    frame_writer writer{out, type, {.remark = "\1\"\\\n"}};
    writer.field("a", every_character);
    writer.field("b", "x\1y\2");
    ASSERT_TRUE(writer.finish());
    const auto& decoded = decode(text_of(out));
    EXPECT_EQ(decoded.find("a"), every_character);
    EXPECT_EQ(decoded.find("b"), "x\1y\2");
    EXPECT_EQ(decoded.remark, "\1\"\\\n");
  }
  out.clear();
  frame_writer writer{out, serialize_type::json, {}};
  writer.field("a", "\1\2\x1f\"\\\n\r\t/");
  ASSERT_TRUE(writer.finish());
  EXPECT_NE(text_of(out).find(R"("a":"\u0001\u0002\u001f\"\\\n\r\t/")"),
            std::string::npos);
}

TEST_F(FrameWriter, NoKeyBecomesAnythingElse) {
  const std::string key = R"(z":""},"code":222,"x":{"y)";
  const std::string odd(700, '\1');
  for (const auto type : both_types) {
    out.clear();
    frame_writer writer{out, type, {.code = 314}};
    writer.field(key, "x");
    writer.field(odd, 7);
    ASSERT_TRUE(writer.finish());
    const auto& decoded = decode(text_of(out));
    EXPECT_EQ(decoded.code, 314);
    EXPECT_EQ(decoded.fields.size(), 2u);
    EXPECT_EQ(decoded.find(key), "x");
    EXPECT_EQ(decoded.find(odd), "7");
  }
}

TEST_F(FrameWriter, EscapesOneCharacterAnywhere) {
  for (std::size_t size = 1; size < 20; ++size)
    for (std::size_t at = 0; at < size; ++at)
      for (const char c : {'\1', '\x1f', '"', '\\'}) {
        std::string value(size, '\x80');
        value[at] = c;
        out.clear();
        frame_writer writer{out, serialize_type::json, {}};
        writer.field("a", value);
        ASSERT_TRUE(writer.finish());
        EXPECT_EQ(decode(text_of(out)).find("a"), value);
      }
}

TEST_F(FrameWriter, WritesNumbersOfEverySize) {
  for (const auto type : both_types) {
    out.clear();
    frame_writer writer{out, type, {.code = -1, .opaque = -5}};
    writer.field("a", std::numeric_limits<std::int64_t>::min());
    writer.field("b", std::numeric_limits<std::int64_t>::max());
    writer.field("c", std::uint32_t{0xffffffff});
    writer.field("d", false);
    ASSERT_TRUE(writer.finish());
    const auto& decoded = decode(text_of(out));
    EXPECT_EQ(decoded.code, -1);
    EXPECT_EQ(decoded.opaque, -5);
    EXPECT_EQ(decoded.find("a"), "-9223372036854775808");
    EXPECT_EQ(decoded.find("b"), "9223372036854775807");
    EXPECT_EQ(decoded.find("c"), "4294967295");
    EXPECT_EQ(decoded.find("d"), "false");
  }
}

TEST_F(FrameWriter, WritesFieldsOfEveryLength) {
  for (const auto type : both_types)
    for (std::size_t size = 0; size < 1200; size += 7) {
      out.clear();
      const std::string remark(size, 'r');
      frame_writer writer{out, type, {.remark = remark}};
      writer.field("a", std::string(size, 'x'));
      writer.field("b", std::string(size, '\1'));
      writer.field("c", 1);
      ASSERT_TRUE(writer.finish());
      const auto& decoded = decode(text_of(out));
      EXPECT_EQ(decoded.remark, remark);
      EXPECT_EQ(decoded.find("a"), std::string(size, 'x'));
      EXPECT_EQ(decoded.find("b"), std::string(size, '\1'));
      EXPECT_EQ(decoded.find("c"), "1");
    }
}

TEST_F(FrameWriter, CutsEndlessRemarksBetweenCharacters) {
  std::string remark(8191, 'x');
  remark += "é and so on";
  const auto& decoded = decode(
    answer(serialize_type::json, 1, response_code::system_error, remark));
  EXPECT_EQ(decoded.remark, std::string(8191, 'x'));
}

} // namespace apogee::remoting
