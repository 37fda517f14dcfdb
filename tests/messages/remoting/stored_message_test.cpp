#include "messages/remoting/stored_message.hpp"
#include "tests/messages/remoting/golden.hpp"
#include "tests/messages/remoting/remoting_test.hpp"

namespace apogee::remoting {

namespace {

class StoredMessage : public testing::Test {
protected:
  StoredMessage() {
    message.queue_number = 2;
    message.queue_offset = 5;
    message.physical_offset = 0x1122;
    message.born_timestamp_ms = 1700000000000;
    message.born_host = *parse_host("10.1.2.3", 50000);
    message.store_timestamp_ms = 1700000000005;
    message.store_host = *parse_host("10.0.0.1", 10911);
    message.body = "hello";
    message.topic = "TopicTest";
    message.properties = "UNIQ_KEY\1"
                         "0A010203109218B4AAC2000000000000\2CLUSTER\1"
                         "DefaultCluster\2TAGS\1TagA\2";
  }

  std::string written() {
    std::vector<char> out;
    EXPECT_TRUE(append_stored_message(out, message));
    return text_of(out);
  }

  /// Whether the format can hold it; if not, nothing is left behind.
  bool can_be_written() {
    std::vector<char> out{'x'};
    const auto done = append_stored_message(out, message);
    EXPECT_EQ(text_of(out).size() > 1, done);
    return done;
  }

  static stored_message read(std::string_view bytes) {
    const auto taken = take_stored_message(bytes);
    EXPECT_TRUE(taken.has_value());
    EXPECT_TRUE(bytes.empty());
    return *taken;
  }

  stored_message message;
};

} // namespace

TEST_F(StoredMessage, IsWrittenAsRocketmqDoes) {
  EXPECT_EQ(written(), golden::stored_message_v1);
}

TEST_F(StoredMessage, IsReadBack) {
  const auto back = read(golden::stored_message_v1);
  EXPECT_EQ(back.queue_number, 2);
  EXPECT_EQ(back.flag, 0);
  EXPECT_EQ(back.queue_offset, 5);
  EXPECT_EQ(back.physical_offset, 0x1122);
  EXPECT_EQ(back.sys_flag, 0);
  EXPECT_EQ(back.born_timestamp_ms, 1700000000000);
  EXPECT_EQ(to_string(back.born_host), "10.1.2.3:50000");
  EXPECT_EQ(back.store_timestamp_ms, 1700000000005);
  EXPECT_EQ(to_string(back.store_host), "10.0.0.1:10911");
  EXPECT_EQ(back.reconsume_times, 0);
  EXPECT_EQ(back.prepared_transaction_offset, 0);
  EXPECT_EQ(back.body_checksum, 0x3610a686u);
  EXPECT_EQ(back.body, "hello");
  EXPECT_EQ(back.topic, "TopicTest");
  EXPECT_EQ(back.properties, message.properties);
}

TEST_F(StoredMessage, HoldsHostsOfIpv6) {
  message = {};
  message.flag = 7;
  message.queue_offset = 1;
  message.physical_offset = 0x2000;
  message.born_timestamp_ms = 1700000000000;
  message.born_host = *parse_host("2001:db8::1", 50000);
  message.store_timestamp_ms = 1700000000005;
  message.store_host = *parse_host("2001:db8::2", 10911);
  message.reconsume_times = 3;
  message.body = "v6";
  message.topic = "T";
  message.properties = "TAGS\1B\2";
  EXPECT_EQ(written(), golden::stored_message_ipv6);
  const auto back = read(golden::stored_message_ipv6);
  EXPECT_EQ(back.sys_flag, 0x30);
  EXPECT_EQ(to_string(back.born_host), "[2001:db8::1]:50000");
  EXPECT_EQ(to_string(back.store_host), "[2001:db8::2]:10911");
  EXPECT_EQ(back.reconsume_times, 3);
  EXPECT_EQ(back.body, "v6");
}

TEST_F(StoredMessage, SaysItselfOfWhichKindItsHostsAre) {
  message.sys_flag = 0x301 | 0x30;
  EXPECT_EQ(read(written()).sys_flag, 0x301);
}

TEST_F(StoredMessage, IsReadInTheSecondVersion) {
  const auto back = read(golden::stored_message_v2);
  EXPECT_EQ(back.topic, "T2");
  EXPECT_EQ(back.queue_number, 1);
  EXPECT_EQ(back.queue_offset, 9);
  EXPECT_EQ(back.body, "");
  EXPECT_EQ(back.body_checksum, 0u);
  EXPECT_EQ(back.properties, "");
}

TEST_F(StoredMessage, IsInTheSecondVersionOnlyForLongTopics) {
  const std::string topic(128, 't');
  message.topic = std::string_view{topic}.substr(1);
  EXPECT_EQ(written()[7], '\xa7');
  EXPECT_EQ(read(written()).topic, message.topic);
  message.topic = topic;
  EXPECT_EQ(written()[7], '\xab');
  EXPECT_EQ(read(written()).topic, topic);
}

TEST_F(StoredMessage, TakesAChecksumThatIsKnown) {
  message.body_checksum = 0x12345678;
  EXPECT_EQ(read(written()).body_checksum, 0x12345678u);
}

TEST_F(StoredMessage, HasTheChecksumOfItsBody) {
  EXPECT_EQ(body_checksum("hello"), 907060870u);
  EXPECT_EQ(body_checksum("v6"), 0x77065916u);
  EXPECT_EQ(body_checksum(""), 0u);
  EXPECT_EQ(body_checksum("123456789"), 0xcbf43926u & 0x7fffffffu);
}

TEST_F(StoredMessage, TakesFurtherProperties) {
  message.properties = "TAGS\1TagA";
  std::vector<char> out;
  const std::string further = "CLUSTER\1C\2MSG_REGION\1R\2";
  for (const auto* mark : {"", "\2"}) {
    const auto own = std::string{"TAGS\1TagA"} + mark;
    message.properties = own;
    out.clear();
    ASSERT_TRUE(append_stored_message(out, message, further));
    EXPECT_EQ(read({out.data(), out.size()}).properties,
              "TAGS\1TagA\2" + further);
  }
  message.properties = {};
  out.clear();
  ASSERT_TRUE(append_stored_message(out, message, further));
  EXPECT_EQ(read({out.data(), out.size()}).properties, further);
}

TEST_F(StoredMessage, IsRefusedWhenFurtherPropertiesAreTooMany) {
  const std::string text(32766, 'x');
  message.properties = text;
  std::vector<char> out{'x'};
  EXPECT_FALSE(append_stored_message(out, message, "A\2"));
  EXPECT_EQ(text_of(out), "x");
  message.properties = std::string_view{text}.substr(2);
  EXPECT_TRUE(append_stored_message(out, message, "A\2"));
}

TEST_F(StoredMessage, IsRefusedWhenTheFormatCannotHoldIt) {
  const std::string text(32768, 'x');
  message.properties = std::string_view{text}.substr(1);
  EXPECT_TRUE(can_be_written());
  message.properties = text;
  EXPECT_FALSE(can_be_written());
  message.properties = {};
  message.topic = std::string_view{text}.substr(1);
  EXPECT_TRUE(can_be_written());
  message.topic = text;
  EXPECT_FALSE(can_be_written());
}

TEST_F(StoredMessage, IsTakenFromTheFrontOfMany) {
  const auto bytes = golden::stored_message_v1 + golden::stored_message_ipv6
                     + golden::stored_message_v2;
  std::string_view rest = bytes;
  EXPECT_EQ(take_stored_message(rest)->topic, "TopicTest");
  EXPECT_EQ(take_stored_message(rest)->topic, "T");
  EXPECT_EQ(take_stored_message(rest)->topic, "T2");
  EXPECT_TRUE(rest.empty());
}

TEST_F(StoredMessage, IsNotReadWhenCutOffAnywhere) {
  for (const std::string_view whole :
       {golden::stored_message_v1, golden::stored_message_ipv6,
        golden::stored_message_v2})
    for (std::size_t size = 0; size < whole.size(); ++size) {
      auto rest = whole.substr(0, size);
      EXPECT_FALSE(take_stored_message(rest).has_value());
      // As well when it says to be as short as it is.
      std::string shortened{whole.substr(0, size)};
      if (size < 4)
        continue;
      store_integer<std::uint32_t>(shortened.data(),
                                   static_cast<std::uint32_t>(size));
      rest = shortened;
      EXPECT_FALSE(take_stored_message(rest).has_value()) << size;
    }
}

TEST_F(StoredMessage, IsNotReadWhenItLies) {
  const auto refuses = [](std::size_t at, std::uint32_t value) {
    auto bytes = golden::stored_message_v1;
    store_integer<std::uint32_t>(bytes.data() + at, value);
    std::string_view rest = bytes;
    return !take_stored_message(rest).has_value();
  };
  for (const std::uint32_t size :
       {0u, 3u, 179u, 181u, 0x7fffffffu, 0xffffffffu})
    EXPECT_TRUE(refuses(0, size)) << size;
  EXPECT_TRUE(refuses(4, 0xcbd43194)); // the filler of a segment
  EXPECT_TRUE(refuses(36, 0x10));      // a host of IPv6 that is none
  EXPECT_TRUE(refuses(52, 65536));     // the port
  EXPECT_TRUE(refuses(52, 0xffffffff));
  for (const std::uint32_t body : {4u, 6u, 0x7fffffffu, 0xffffffffu})
    EXPECT_TRUE(refuses(84, body)) << body;
  EXPECT_TRUE(refuses(93, 0xff546f70)); // the topic's length
  EXPECT_TRUE(refuses(93, 0x0a546f70));
}

} // namespace apogee::remoting
