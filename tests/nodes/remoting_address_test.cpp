#include "messages/remoting/message_id.hpp"
#include "tests/nodes/remoting_node_test.hpp"

#include <string>

namespace apogee::remoting {

namespace {

using testing::HasSubstr;

/// Where a client that reaches the node at `host` is told that the broker is.
class remoting_address : public remoting_node_test {
protected:
  using remoting_node_test::remoting_node_test;

  std::string route_at(const std::string& host) {
    raw_client names{node_.nameserver_port(), host};
    return names.call(request_code::get_route_info_by_topic, {{"topic", topic}})
      .body;
  }

  std::string told(const std::string& host) const {
    return "\"" + host + ":" + std::to_string(broker_port()) + "\"";
  }

  std::string store_host_at(const std::string& host) {
    raw_client client{broker_port(), host};
    const auto sent =
      client.call(request_code::send_message_v2, send_fields(topic, 1), "x");
    const auto id = parse_message_id(sent.at("msgId"));
    return id ? to_string(id->store_host) : sent.remark;
  }
};

class RemotingOnAllAddresses : public remoting_address {
protected:
  RemotingOnAllAddresses() : remoting_address({"--node.host=0.0.0.0"}) {}
};

class RemotingOnIpv6 : public remoting_address {
protected:
  RemotingOnIpv6() : remoting_address({"--node.host=::"}) {}
};

class RemotingBehindAnAddress : public remoting_address {
protected:
  RemotingBehindAnAddress()
    : remoting_address({"--broker.advertised-address=mq.example.org:31911"}) {}
};

class RemotingVipPort : public remoting_address {
protected:
  RemotingVipPort() : remoting_address({"--broker.vip-channel=true"}) {}
};

} // namespace

TEST_F(RemotingOnAllAddresses, EachClientIsToldWhereItReachedTheNode) {
  for (const std::string host : {"127.0.0.1", "127.0.0.2"}) {
    EXPECT_THAT(route_at(host), HasSubstr(told(host)));
    EXPECT_EQ(store_host_at(host), host + ":" + std::to_string(broker_port()));
    raw_client names{node_.nameserver_port(), host};
    EXPECT_THAT(names.call(request_code::get_broker_cluster_info, {}).body,
                HasSubstr(told(host)));
  }
}

TEST_F(RemotingOnIpv6, BothKindsOfAddressesAreTold) {
  EXPECT_THAT(route_at("::1"), HasSubstr(told("[::1]")));
  EXPECT_THAT(route_at("127.0.0.1"), HasSubstr(told("127.0.0.1")));
  EXPECT_EQ(store_host_at("::1"), "[::1]:" + std::to_string(broker_port()));
}

TEST_F(RemotingBehindAnAddress, WhatTheOperatorSaysIsTold) {
  EXPECT_THAT(route_at("127.0.0.1"), HasSubstr("\"mq.example.org:31911\""));
  // Numbers only, so the host is the one that was reached.
  EXPECT_EQ(store_host_at("127.0.0.1"), "127.0.0.1:31911");
}

TEST_F(RemotingVipPort, ServesWhatThePortServes) {
  raw_client client{static_cast<std::uint16_t>(broker_port() - 2)};
  const auto sent =
    client.call(request_code::send_message_v2, send_fields(topic, 1), "x");
  EXPECT_EQ(sent.code, 0) << sent.remark;
  // Ids and routes name the port that everybody uses.
  EXPECT_EQ(parse_message_id(sent.at("msgId"))->store_host.port, broker_port());
  EXPECT_THAT(route_at("127.0.0.1"), HasSubstr(told("127.0.0.1")));
}

} // namespace apogee::remoting
