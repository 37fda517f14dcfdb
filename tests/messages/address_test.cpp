#include "messages/address.hpp"

#include <gtest/gtest.h>

namespace apogee {

TEST(Address, IsSplitAndJoined) {
  struct row {
    std::string text;
    std::string host;
    std::uint16_t port;
  };

  for (const auto& [text, host, port] : {
         row{"broker-1:9876", "broker-1", 9876},
         row{"10.0.0.1:65535", "10.0.0.1", 65535},
         row{"[2001:db8::2]:10911", "2001:db8::2", 10911},
       }) {
    const auto parts = split_address(text);
    ASSERT_TRUE(parts) << text;
    EXPECT_EQ(parts->host, host);
    EXPECT_EQ(parts->port, port);
    EXPECT_EQ(join_address(host, port), text);
  }
  EXPECT_EQ(split_address("::1:9876")->host, "::1");
}

TEST(Address, IsRefusedWithoutAHostOrAPort) {
  for (const auto* text : {"", ":9876", "[]:9876", "host", "host:", "host:0",
                           "host:65536", "host:98x", "host:-1", "[::1]"})
    EXPECT_FALSE(split_address(text)) << text;
}

} // namespace apogee
