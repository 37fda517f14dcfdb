#pragma once

#include "messages/remoting/stored_message.hpp"
#include "nodes/cli/node_status.hpp"
#include "tests/nodes/remoting_client.hpp"
#include "tests/nodes/standalone_test.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// A node seen through RocketMQ's protocol, by a client made of bytes.
class remoting_node_test : public standalone_test {
protected:
  using standalone_test::standalone_test;

  std::uint16_t broker_port() const { return node_.broker_port(); }

  static fields send_fields(const std::string& to, int queue,
                            const std::string& properties = {}) {
    return {{"a", "producers"},
            {"b", to},
            {"c", "TBW102"},
            {"d", "4"},
            {"e", std::to_string(queue)},
            {"f", "0"},
            {"g", "1700000000000"},
            {"h", "0"},
            {"i", properties}};
  }

  /// One message that is stored.
  static void put(raw_client& client, const std::string& to, int queue,
                  std::string_view body = "x") {
    ASSERT_EQ(
      client.call(request_code::send_message_v2, send_fields(to, queue), body)
        .code,
      0);
  }

  static fields pull_fields(const std::string& from, int queue,
                            std::int64_t offset, int wait_ms = 0,
                            const std::string& expression = "*",
                            const std::string& type = "TAG") {
    return {{"consumerGroup", "readers"},
            {"topic", from},
            {"queueId", std::to_string(queue)},
            {"queueOffset", std::to_string(offset)},
            {"maxMsgNums", "32"},
            {"sysFlag", wait_ms > 0 ? "6" : "4"},
            {"commitOffset", "0"},
            {"suspendTimeoutMillis", std::to_string(wait_ms)},
            {"subscription", expression},
            {"expressionType", type},
            {"subVersion", "0"}};
  }

  /// What `apogee status` counts of the broker's port.
  cli::port_status counted() {
    const auto options = [&] {
      cli::target_options out;
      out.broker = node_.address();
      return out;
    }();
    cli::session nodes{options};
    const auto status = cli::ask_status(nodes, options.broker);
    EXPECT_TRUE(status && status->brokers.size() == 1);
    if (status && status->brokers.size() == 1)
      for (const auto& port : status->brokers[0].ports)
        if (port.name == "broker")
          return port;
    ADD_FAILURE() << "the broker's port is not shown";
    return {};
  }

  bool says(const std::string& line) {
    return node_.running().wait_for_error_text(line, patience);
  }

  std::string max_offset(raw_client& client, int queue) {
    return client
      .call(request_code::get_max_offset,
            {{"topic", topic}, {"queueId", std::to_string(queue)}})
      .at("offset");
  }

  static std::vector<stored_message> messages(const received& pulled) {
    std::vector<stored_message> out;
    std::string_view rest = pulled.body;
    while (!rest.empty()) {
      const auto one = take_stored_message(rest);
      EXPECT_TRUE(one.has_value());
      if (!one)
        break;
      out.push_back(*one);
    }
    return out;
  }
};

} // namespace apogee::remoting
