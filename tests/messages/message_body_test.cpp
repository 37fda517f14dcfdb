#include "messages/envelope.hpp"
#include "messages/message.capnp.h"
#include "messages/message_body.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace apogee {

namespace {

std::vector<std::uint64_t> encode(const message_view& message) {
  // Any content: nothing may shine through.
  std::vector<std::uint64_t> words(encoded_message_words(message),
                                   ~std::uint64_t{0});
  encode_message(message, words);
  return words;
}

message_view make(const std::string& properties, const std::string& body,
                  const std::string& host) {
  message_view out;
  out.born_time_ms = 1'700'000'000'000;
  out.flag = -7;
  out.sys_flag = 0x101;
  out.reconsume_times = 3;
  out.properties = properties;
  out.body = body;
  out.born_host = host;
  return out;
}

} // namespace

TEST(MessageBody, IsWhatTheSchemasBuilderWrites) {
  const std::string properties = "TAGS\1a\2";
  const std::string body = "hello, world";
  const std::string host = "12345678";
  const auto built = envelope<schema::Message>::build([&](auto b) {
    b.setBornTime(1'700'000'000'000);
    b.setFlag(-7);
    b.setSysFlag(0x101);
    b.setReconsumeTimes(3);
    const auto data = [](const std::string& text) {
      return capnp::Data::Reader{
        reinterpret_cast<const capnp::byte*>(text.data()), text.size()};
    };
    b.setProperties(data(properties));
    b.setBody(data(body));
    b.setBornHost(data(host));
  });
  const auto& words = built.words(); // the first one is the segment table
  const std::vector<std::uint64_t> expected{words.data.get() + 1,
                                            words.data.get() + words.count};
  EXPECT_EQ(encode(make(properties, body, host)), expected);
}

TEST(MessageBody, IsReadAsItWasWritten) {
  for (const std::size_t size : {0u, 1u, 7u, 8u, 9u, 1000u}) {
    const std::string text(size, 'x');
    const auto words = encode(make(text, text, text.substr(0, 8)));
    const auto read = decode_message(std::as_bytes(std::span{words}));
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(read->properties, text);
    EXPECT_EQ(read->body, text);
    EXPECT_EQ(read->born_host, text.substr(0, 8));
    EXPECT_EQ(read->flag, -7);
    EXPECT_EQ(read->sys_flag, 0x101);
    EXPECT_EQ(read->reconsume_times, 3);
  }
}

TEST(MessageBody, RefusesBytesThatAreNoMessage) {
  const auto words = encode(make("p", "b", ""));
  const auto bytes = std::as_bytes(std::span{words});
  EXPECT_EQ(decode_message({}).error().code, errc::malformed);
  EXPECT_EQ(decode_message(bytes.first(13)).error().code, errc::malformed);
  for (std::size_t kept = 8; kept < bytes.size(); kept += 8)
    EXPECT_FALSE(decode_message(bytes.first(kept))) << kept;
}

} // namespace apogee
