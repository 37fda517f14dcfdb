#include "messages/remoting/host_address.hpp"
#include "messages/remoting/message_id.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apogee::remoting {

namespace {

/// The address as it is written after it was read; empty when it cannot be.
std::string reread(std::string_view address) {
  const auto host = parse_host(address, 1);
  return host ? to_string(*host) : "";
}

std::string text_of(const message_id& id) {
  return std::string{std::string_view{message_id_text{id}}};
}

} // namespace

TEST(HostAddress, OfIpv4IsReadAndWritten) {
  EXPECT_EQ(reread("10.0.0.1"), "10.0.0.1:1");
  EXPECT_EQ(reread("255.255.255.255"), "255.255.255.255:1");
  EXPECT_EQ(to_string(host_address{}), "0.0.0.0:0");
}

TEST(HostAddress, OfIpv6IsWrittenInItsShortestForm) {
  EXPECT_EQ(reread("2001:db8::2"), "[2001:db8::2]:1");
  EXPECT_EQ(reread("2001:0DB8:0:0:0:0:0:2"), "[2001:db8::2]:1");
  EXPECT_EQ(reread("::"), "[::]:1");
  EXPECT_EQ(reread("::1"), "[::1]:1");
  EXPECT_EQ(reread("1::"), "[1::]:1");
  EXPECT_EQ(reread("1:2:3:4:5:6:7:8"), "[1:2:3:4:5:6:7:8]:1");
  EXPECT_EQ(reread("1:0:3:4:5:6:7:8"), "[1:0:3:4:5:6:7:8]:1");
  EXPECT_EQ(reread("1:0:0:4:0:0:0:8"), "[1:0:0:4::8]:1");
  EXPECT_EQ(reread("1:0:0:4:5:0:0:8"), "[1::4:5:0:0:8]:1");
  EXPECT_EQ(reread("fe80::1%eth0"), "[fe80::1]:1");
  EXPECT_EQ(reread("64:ff9b::10.0.0.1"), "[64:ff9b::a00:1]:1");
}

TEST(HostAddress, OfIpv4InsideIpv6IsIpv4) {
  EXPECT_EQ(reread("::ffff:10.1.2.3"), "10.1.2.3:1");
  EXPECT_EQ(reread("0:0:0:0:0:FFFF:0a01:0203"), "10.1.2.3:1");
}

TEST(HostAddress, IsNoneForAnythingElse) {
  for (const auto* text : {"",
                           "localhost",
                           "10.0.0",
                           "10.0.0.1.2",
                           "10.0.0.256",
                           "10.0.0.",
                           ".10.0.0",
                           "10..0.1",
                           "10.0.0.0001",
                           "-1.0.0.0",
                           " 10.0.0.1",
                           ":",
                           ":1",
                           "1:",
                           ":::",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::",
                           "12345::",
                           "g::",
                           "::10.0.0",
                           "::10.0.0.1:2",
                           "1:2:3:4:5:6:7:10.0.0.1",
                           "[::1]"})
    EXPECT_EQ(reread(text), "") << text;
}

TEST(HostAddress, IsReadWithItsPort) {
  const auto port_of = [](std::string_view text) {
    const auto host = parse_host_and_port(text);
    return host ? int{host->port} : -1;
  };
  EXPECT_EQ(port_of("10.0.0.1:10911"), 10911);
  EXPECT_EQ(port_of("[2001:db8::2]:65535"), 65535);
  for (const auto* text :
       {"10.0.0.1", "10.0.0.1:", "10.0.0.1:65536", "10.0.0.1:-1", "::1:5",
        "[10.0.0.1]:5", "[::1]5", "[]:5", ":5", "", "[::1:5"})
    EXPECT_EQ(port_of(text), -1) << text;
}

TEST(MessageId, IsWrittenAsRocketmqDoes) {
  EXPECT_EQ(text_of({*parse_host("10.0.0.1", 10911), 0x1122}),
            "0A00000100002A9F0000000000001122");
  EXPECT_EQ(text_of({*parse_host("2001:db8::2", 10911), 0x2000}),
            "20010DB800000000000000000000000200002A9F0000000000002000");
}

TEST(MessageId, IsReadBack) {
  for (const auto* text :
       {"0A00000100002A9F0000000000001122",
        "20010DB800000000000000000000000200002A9F0000000000002000"}) {
    const auto id = parse_message_id(text);
    ASSERT_TRUE(id.has_value());
    EXPECT_EQ(text_of(*id), text);
  }
  const auto id = parse_message_id("0a00000100002a9f0000000000001122");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(to_string(id->store_host), "10.0.0.1:10911");
  EXPECT_EQ(id->physical_offset, 0x1122);
}

TEST(MessageId, IsNoneForAnythingElse) {
  const std::string right = "0A00000100002A9F0000000000001122";
  EXPECT_FALSE(parse_message_id(""));
  EXPECT_FALSE(parse_message_id(right.substr(1)));
  EXPECT_FALSE(parse_message_id(right + "00"));
  for (std::size_t i = 0; i < right.size(); ++i) {
    auto wrong = right;
    wrong[i] = 'G';
    EXPECT_FALSE(parse_message_id(wrong));
  }
  EXPECT_FALSE(parse_message_id("0A00000100012A9F0000000000001122"));
}

} // namespace apogee::remoting
