#include "tests/nodes/remoting_node_test.hpp"

#include <chrono>
#include <string>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class RemotingBadInput : public remoting_node_test {};

} // namespace

TEST_F(RemotingBadInput, AOneWayFloodIsStoredWhole) {
  constexpr int count = 20'000;
  raw_client client{broker_port()};
  raw_client bystander{broker_port()};
  const std::string body(1024, 'x');
  for (int i = 0; i < count; ++i) {
    client.ask(request_code::send_message_v2, send_fields(topic, 1), body,
               true);
    if (i % 1'000 != 0)
      continue;
    const auto start = std::chrono::steady_clock::now();
    put(bystander, topic, 0);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  }
  // The connection is read in order: its answer comes behind them all.
  put(client, topic, 0, "end");
  EXPECT_TRUE(eventually(
    [&] {
      return client
               .call(request_code::get_max_offset,
                     {{"topic", topic}, {"queueId", "1"}})
               .at("offset")
             == std::to_string(count);
    },
    10s));
}

TEST_F(RemotingBadInput, AMessageOfSixteenMebibytesIsRefusedByItself) {
  raw_client client{broker_port()};
  const std::string body((16u << 20) - 4096, 'x');
  const auto refused =
    client.call(request_code::send_message_v2, send_fields(topic, 1), body);
  EXPECT_EQ(refused.code, static_cast<int>(response_code::message_illegal));
  put(client, topic, 1);
}

TEST_F(RemotingBadInput, AOneWayRequestIsNeverAnswered) {
  raw_client client{broker_port()};
  client.ask(request_code::send_message_v2, send_fields(topic, 1), "x", true);
  client.ask(request_code::pull_message, pull_fields(topic, 1, 0), {}, true);
  client.ask(static_cast<request_code>(999), {}, {}, true);
  const auto answer = client.call(request_code::get_min_offset,
                                  {{"topic", topic}, {"queueId", "0"}});
  EXPECT_EQ(answer.opaque, 4);
}

TEST_F(RemotingBadInput, AMessageWhosePropertiesLeaveNoRoomIsDelivered) {
  raw_client client{broker_port()};
  const auto full = "UNIQ_KEY\1k\2long\1" + std::string(32'740, 'x') + "\2";
  const auto sent = client.call(request_code::send_message_v2,
                                send_fields(topic, 1, full), "hello");
  ASSERT_EQ(sent.code, 0) << sent.remark;
  const auto got =
    client.call(request_code::pull_message, pull_fields(topic, 1, 0));
  ASSERT_EQ(messages(got).size(), 1u);
  EXPECT_EQ(messages(got)[0].properties, full);
}

TEST_F(RemotingBadInput, WhatIsNotServedIsSaidSo) {
  raw_client client{broker_port()};
  const auto unknown = client.call(static_cast<request_code>(999), {});
  EXPECT_EQ(unknown.code,
            static_cast<int>(response_code::request_code_not_supported));
  EXPECT_THAT(unknown.remark, HasSubstr("999"));
  const auto delayed = client.call(request_code::send_message_v2,
                                   send_fields(topic, 1,
                                               "DELAY\1"
                                               "3\2"),
                                   "x");
  EXPECT_NE(delayed.code, 0);
  EXPECT_THAT(delayed.remark, HasSubstr("delayed messages are not served"));
  const auto far =
    client.call(request_code::send_message_v2, send_fields(topic, 99), "x");
  EXPECT_EQ(far.code, static_cast<int>(response_code::invalid_parameter));
  auto nowhere = send_fields("nowhere", 0);
  nowhere[2].second = "other";
  EXPECT_EQ(client.call(request_code::send_message_v2, nowhere, "x").code,
            static_cast<int>(response_code::topic_not_exist));
  EXPECT_EQ(client.call(request_code::send_message_v2, {{"b", "t"}}, "x").code,
            static_cast<int>(response_code::system_error));
}

TEST_F(RemotingBadInput, AFrameThatMakesNoSenseClosesItsConnectionOnly) {
  raw_client bystander{broker_port()};
  for (const std::string& frame :
       {std::string{"\x7f\xff\xff\xff\0\0\0\1", 8}, // 2 GiB
        std::string{"\x01\0\0\1\0\0\0\1", 8},       // over 16 MiB
        std::string{"\0\0\0\4\0\0\0\x7f", 8},       // a header beyond the frame
        std::string{"\0\0\0\6\0\0\0\2{{", 10}}) {   // not JSON
    raw_client client{broker_port()};
    client.say(frame);
    EXPECT_EQ(client.next().code, -1);
  }
  std::string deep(10'000, '[');
  raw_client client{broker_port()};
  const auto size = static_cast<std::uint32_t>(deep.size() + 4);
  std::string frame;
  for (const auto word : {size, size - 4})
    for (int shift = 24; shift >= 0; shift -= 8)
      frame.push_back(static_cast<char>(word >> shift));
  client.say(frame + deep);
  EXPECT_EQ(client.next().code, -1);
  put(bystander, topic, 1);
  EXPECT_THAT(node_.running().error_output(),
              HasSubstr("closed the connection of 127.0.0.1:"));
  EXPECT_EQ(counted().at("refusedFrames"), 5u);
}

TEST_F(RemotingBadInput, AClientThatNeverReadsCostsABoundedAmountOfMemory) {
  raw_client writer{broker_port()};
  const std::string body(100'000, 'x');
  for (int i = 0; i < 100; ++i)
    put(writer, topic, 1, body);
  const auto before = node_.running().resident_bytes();
  raw_client deaf{broker_port()};
  for (int i = 0; i < 2'000; ++i)
    deaf.ask(request_code::pull_message, pull_fields(topic, 1, 0));
  put(writer, topic, 1);
  EXPECT_LT(node_.running().resident_bytes(), before + (64u << 20));
}

} // namespace apogee::remoting
