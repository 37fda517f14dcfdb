#include "actors/remoting/advertised_address.hpp"

#include <gtest/gtest.h>

namespace apogee::remoting {

namespace {

const auto reached = *parse_host("10.9.0.1", 0);
const auto reached_v6 = *parse_host("2001:db8::9", 0);

bool always(const host_address&) {
  return true;
}

bool never(const host_address&) {
  return false;
}

} // namespace

TEST(AdvertisedAddress, AutoIsWhatTheBrokerListensOn) {
  const advertised_address own{"auto", "10.1.2.3"};
  EXPECT_EQ(own.registered(10911, "unused"), "10.1.2.3:10911");
  EXPECT_EQ(own.any_host(), "");
  EXPECT_EQ(to_string(own.in_messages(reached, 10911)), "10.1.2.3:10911");
}

TEST(AdvertisedAddress, OfABrokerThatListensEverywhereItIsWhereItIsReached) {
  for (const std::string host : {"0.0.0.0", "::"}) {
    const advertised_address own{"auto", host};
    EXPECT_EQ(own.registered(10911, "192.0.2.7"), "192.0.2.7:10911");
    EXPECT_EQ(own.any_host(), host);
    EXPECT_EQ(to_string(own.in_messages(reached, 10911)), "10.9.0.1:10911");
  }
}

TEST(AdvertisedAddress, WhatTheOperatorSaysIsTold) {
  struct row {
    const char* setting;
    const char* registered;
    const char* in_messages;
  };

  for (const auto& [setting, registered, in_messages] : {
         row{"mq.example.org", "mq.example.org:10911", "10.9.0.1:10911"},
         row{"mq.example.org:31911", "mq.example.org:31911", "10.9.0.1:31911"},
         row{"198.51.100.4:31911", "198.51.100.4:31911", "198.51.100.4:31911"},
         row{"2001:db8::2", "[2001:db8::2]:10911", "[2001:db8::2]:10911"},
         row{"[2001:db8::2]:1", "[2001:db8::2]:1", "[2001:db8::2]:1"},
       }) {
    const advertised_address own{setting, "0.0.0.0"};
    EXPECT_EQ(own.registered(10911, "192.0.2.7"), registered);
    EXPECT_EQ(own.any_host(), "");
    EXPECT_EQ(to_string(own.in_messages(reached, 10911)), in_messages);
  }
}

TEST(AdvertisedAddress, ANameserverOnTheSameMachineTellsWhereItWasReached) {
  const std::string known = "192.0.2.7:10911";
  EXPECT_EQ(address_for_client(reached, known, "0.0.0.0", always),
            "10.9.0.1:10911");
  EXPECT_EQ(address_for_client(reached_v6, known, "::", always),
            "[2001:db8::9]:10911");
  // Nobody listens there.
  EXPECT_EQ(address_for_client(reached_v6, known, "0.0.0.0", always), known);
  // Of another machine; or the operator has said it.
  EXPECT_EQ(address_for_client(reached, known, "0.0.0.0", never), known);
  EXPECT_EQ(address_for_client(reached, known, "", always), known);
  EXPECT_EQ(address_for_client(reached, "mq:10911", "", always), "mq:10911");
}

} // namespace apogee::remoting
