#include "messages/remoting/command_decoder.hpp"
#include "tests/messages/remoting/golden.hpp"
#include "tests/messages/remoting/remoting_test.hpp"

namespace apogee::remoting {

namespace {

class CommandDecoder : public remoting_test {
protected:
  /// A binary header with `fields_bytes` as the length of `fields`.
  static std::string binary_header(std::int16_t code, std::string_view remark,
                                   std::string_view fields,
                                   std::int32_t remark_bytes,
                                   std::int32_t fields_bytes) {
    std::string header(17, 0);
    store_integer<std::int16_t>(header.data(), code);
    store_integer<std::int32_t>(header.data() + 13, remark_bytes);
    header.append(remark).append(4, 0);
    store_integer<std::int32_t>(header.data() + header.size() - 4,
                                fields_bytes);
    return header.append(fields);
  }

  std::string why_not_binary(std::string_view header) {
    const auto done = decoder_.decode(frame_in(binary_frame(header)));
    return done ? "" : to_string(done.error());
  }
};

std::string fields_of(const command& c) {
  std::string text;
  for (const auto& [key, value] : c.fields)
    text.append(key).append("=").append(value).append(" ");
  return text;
}

} // namespace

TEST_F(CommandDecoder, ReadsBothFormsOfARequestAlike) {
  for (const auto& bytes :
       {golden::route_request_json, golden::route_request_binary}) {
    const auto& request = decode(bytes);
    EXPECT_EQ(request.code, 105);
    EXPECT_EQ(request.language, client_language::java);
    EXPECT_EQ(request.version, 477);
    EXPECT_EQ(request.opaque, 7);
    EXPECT_FALSE(request.is_response());
    EXPECT_FALSE(request.is_oneway());
    EXPECT_EQ(request.remark, "");
    EXPECT_EQ(fields_of(request), "topic=TopicTest ");
    EXPECT_EQ(request.body, "");
  }
}

TEST_F(CommandDecoder, ReadsBothFormsOfAnErrorAlike) {
  for (const auto& bytes :
       {golden::route_error_json, golden::route_error_binary}) {
    const auto& answer = decode(bytes);
    EXPECT_EQ(answer.code, 17);
    EXPECT_TRUE(answer.is_response());
    EXPECT_EQ(answer.version, 407);
    EXPECT_EQ(answer.remark,
              "No topic route info in name server for the topic: Nope");
    EXPECT_TRUE(answer.fields.empty());
  }
}

TEST_F(CommandDecoder, ReadsASendRequestWithEscapedProperties) {
  const auto& request = decode(golden::send_request_json);
  EXPECT_EQ(request.code, 310);
  EXPECT_EQ(request.body, "hello");
  EXPECT_EQ(fields_of(request),
            "a=PG b=TopicTest c=TBW102 d=4 e=2 f=0 g=1700000000000 h=0 "
            "i=KEYS\1k1\2UNIQ_KEY\1"
            "0A010203109218B4AAC2000000000000\2WAIT\1true\2TAGS\1TagA\2 "
            "j=0 k=false m=false n=broker-a ");
}

TEST_F(CommandDecoder, ReadsBothFormsOfASendAnswerAlike) {
  for (const auto& bytes :
       {golden::send_answer_json, golden::send_answer_binary})
    EXPECT_EQ(fields_of(decode(bytes)),
              "MSG_REGION=DefaultRegion TRACE_ON=true "
              "msgId=0A00000100002A9F0000000000001122 queueId=2 queueOffset=5 "
              "transactionId=0A010203109218B4AAC2000000000000 ");
}

TEST_F(CommandDecoder, ReadsAOnewayRequest) {
  const auto& request = decode(golden::update_consumer_offset_binary);
  EXPECT_EQ(request.code, 15);
  EXPECT_TRUE(request.is_oneway());
  EXPECT_EQ(fields_of(request),
            "consumerGroup=CG topic=TopicTest queueId=2 commitOffset=6 ");
}

TEST_F(CommandDecoder, LeavesTheBodyAlone) {
  const auto& request = decode(golden::heartbeat_json);
  EXPECT_EQ(request.code, 34);
  EXPECT_EQ(request.body.size(), 409u);
  EXPECT_EQ(request.body.substr(0, 13), "{\"clientID\":\"");
}

TEST_F(CommandDecoder, TakesKeysInAnyOrderAndSpaceAnywhere) {
  const auto& request = decode_json(
    " {\t\"version\" : 333 , \"extFields\" : { \"b\" : \"2\" ,\n\"a\":\"1\" } "
    ",\r\n\"opaque\" : -5 , \"language\" : \"CPP\" , \"flag\" : 2, \"code\" : "
    "11 } \n");
  EXPECT_EQ(request.code, 11);
  EXPECT_EQ(request.version, 333);
  EXPECT_EQ(request.opaque, -5);
  EXPECT_EQ(request.language, client_language::cpp);
  EXPECT_TRUE(request.is_oneway());
  EXPECT_EQ(fields_of(request), "b=2 a=1 ");
}

TEST_F(CommandDecoder, TakesNumbersAndBooleansAsText) {
  EXPECT_EQ(fields_of(decode_json(
              "{\"code\":10,\"extFields\":{\"queueId\":3,\"bornTimestamp\":"
              "1700000000000,\"min\":-9223372036854775808,\"unitMode\":false,"
              "\"batch\":true,\"x\":1.5e3}}")),
            "queueId=3 bornTimestamp=1700000000000 min=-9223372036854775808 "
            "unitMode=false batch=true x=1.5e3 ");
}

TEST_F(CommandDecoder, TakesNullsAsAbsent) {
  const auto& request = decode_json(
    "{\"code\":10,\"remark\":null,\"extFields\":{\"a\":null,\"b\":\"1\"},"
    "\"version\":null,\"language\":null,\"opaque\":1}");
  EXPECT_EQ(request.remark, "");
  EXPECT_EQ(request.version, 0);
  EXPECT_EQ(request.language, client_language::other);
  EXPECT_EQ(fields_of(request), "b=1 ");
  EXPECT_TRUE(decode_json("{\"code\":10,\"extFields\":null}").fields.empty());
  EXPECT_TRUE(decode_json("{\"code\":10,\"extFields\":{}}").fields.empty());
}

TEST_F(CommandDecoder, KnowsNothingOfTheHeaderBefore) {
  decode(golden::route_error_json);
  const auto& request = decode_json("{\"code\":10}");
  EXPECT_EQ(request.opaque, 0);
  EXPECT_EQ(request.flag, 0);
  EXPECT_EQ(request.remark, "");
  EXPECT_EQ(request.version, 0);
  decode(golden::send_request_json);
  EXPECT_TRUE(decode_json("{\"code\":10}").fields.empty());
}

TEST_F(CommandDecoder, GivesTheLastOfKeysThatComeTwice) {
  const auto& request = decode_json(
    "{\"code\":10,\"code\":11,\"extFields\":{\"a\":\"1\",\"a\":\"2\",\"b\":"
    "\"1\",\"b\":null}}");
  EXPECT_EQ(request.code, 11);
  EXPECT_EQ(request.find("a"), "2");
  EXPECT_EQ(request.find("b"), std::nullopt);
  EXPECT_EQ(request.find("c"), std::nullopt);
  EXPECT_EQ(fields_of(decode_json("{\"code\":1,\"extFields\":{\"a\":\"1\"},"
                                  "\"extFields\":{\"b\":\"2\"}}")),
            "b=2 ");
}

TEST_F(CommandDecoder, SkipsWhatItDoesNotKnow) {
  const auto& request = decode_json(
    "{\"x\":{\"a\":[1,{\"b\":\"]}\\\"\"},[],{}],\"c\":null},\"code\":12,"
    "\"y\":[true,false,-0.5E-7,\"\"],\"serializeTypeCurrentRPC\":\"JSON\"}");
  EXPECT_EQ(request.code, 12);
}

TEST_F(CommandDecoder, TakesLanguagesByNameAndByNumber) {
  EXPECT_EQ(decode_json("{\"code\":1,\"language\":\"GO\"}").language,
            client_language::go);
  EXPECT_EQ(decode_json("{\"code\":1,\"language\":9}").language,
            client_language::go);
  EXPECT_EQ(decode_json("{\"code\":1,\"language\":\"COBOL\"}").language,
            client_language::other);
  EXPECT_EQ(decode_json("{\"code\":1,\"language\":99}").language,
            client_language::other);
  EXPECT_EQ(to_string(client_language::node_js), "NODE_JS");
}

TEST_F(CommandDecoder, AllocatesNothingInTheLongRun) {
  decode(golden::send_request_json);
  const auto* room = decoder_.decoded().fields.data();
  const auto* text = decoder_.decoded().find("i")->data();
  decode(golden::send_request_json);
  EXPECT_EQ(decoder_.decoded().fields.data(), room);
  EXPECT_EQ(decoder_.decoded().find("i")->data(), text);
  const auto topic = *decoder_.decoded().find("b");
  EXPECT_GE(topic.data(), bytes_.data());
  EXPECT_LT(topic.data(), bytes_.data() + bytes_.size());
}

// -- binary headers -----------------------------------------------------------

TEST_F(CommandDecoder, RepairsCodesThatABinaryHeaderCutsOff) {
  const auto code_of = [this](std::int16_t code) {
    return decode(binary_frame(binary_header(code, "", "", 0, 0))).code;
  };
  EXPECT_EQ(code_of(3442), 200050);
  EXPECT_EQ(code_of(3448), 200056);
  EXPECT_EQ(code_of(3543), 200151);
  EXPECT_EQ(code_of(3441), 3441);
  EXPECT_EQ(code_of(3449), 3449);
  EXPECT_EQ(code_of(310), 310);
}

TEST_F(CommandDecoder, TakesEmptyValuesInBinaryHeaders) {
  const std::string fields{"\0\1k\0\0\0\0\0\1j\0\0\0\1v", 15};
  const auto& request =
    decode(binary_frame(binary_header(1, "hi", fields, 2, 15)));
  EXPECT_EQ(request.remark, "hi");
  EXPECT_EQ(fields_of(request), "k= j=v ");
}

TEST_F(CommandDecoder, RefusesBinaryHeadersThatAreCutOffAnywhere) {
  const auto whole = golden::update_consumer_offset_binary.substr(8);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(why_not_binary(whole.substr(0, size)), "");
  EXPECT_EQ(why_not_binary(whole), "");
}

TEST_F(CommandDecoder, RefusesBinaryHeadersThatLieAboutLengths) {
  EXPECT_EQ(why_not_binary(binary_header(1, "hi", "", 7, 0)),
            "malformed: a binary header is wrong: its remark is longer than "
            "it");
  EXPECT_NE(why_not_binary(binary_header(1, "hi", "", -2, 0)), "");
  EXPECT_NE(why_not_binary(binary_header(1, "", "", 0, 1)), "");
  EXPECT_NE(why_not_binary(binary_header(1, "", "", 0, -1)), "");
  EXPECT_NE(why_not_binary(binary_header(1, "", "xx", 0, 1)), "");
  EXPECT_NE(why_not_binary(binary_header(1, "", "xx", 0, 0x7fffffff)), "");
  const std::string negative_key{"\xff\xff\0\0\0\0", 6};
  EXPECT_NE(why_not_binary(binary_header(1, "", negative_key, 0, 6)), "");
  const std::string negative_value{"\0\1k\xff\xff\xff\xff", 7};
  EXPECT_NE(why_not_binary(binary_header(1, "", negative_value, 0, 7)), "");
  const std::string long_value{"\0\1k\x7f\xff\xff\xff", 7};
  EXPECT_NE(why_not_binary(binary_header(1, "", long_value, 0, 7)), "");
}

TEST_F(CommandDecoder, BoundsTheFieldsOfABinaryHeader) {
  const auto header = [](std::size_t count) {
    return binary_header(1, "", std::string(count * 6, 0), 0,
                         static_cast<std::int32_t>(count * 6));
  };
  EXPECT_EQ(why_not_binary(header(1024)), "");
  EXPECT_EQ(why_not_binary(header(1025)),
            "malformed: a binary header is wrong: it has too many ext fields");
}

} // namespace apogee::remoting
