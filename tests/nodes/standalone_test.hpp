#pragma once

#include "actors/client/producer.hpp"
#include "actors/client/pull_consumer.hpp"
#include "tests/support/node_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace apogee {

/// A standalone node with one topic and a client that was there before what
/// the test does to the node: it must still be served afterwards.
class standalone_test : public testing::Test {
protected:
  static constexpr auto topic = "good";

  explicit standalone_test(std::vector<std::string> settings = {})
    : node_("standalone", test_settings(folder_.path(), std::move(settings))) {}

  void SetUp() override {
    ASSERT_TRUE(node_.start()) << node_.running().error_output();
    ASSERT_TRUE(admin().create_topic(topic, 2));
    ASSERT_TRUE(admin().await_route(topic));
    bystander_ = spawn_producer();
    const auto before = send(bystander_, "before");
    ASSERT_TRUE(before) << to_string(before.error());
  }

  void TearDown() override {
    if (!bystander_ || HasFatalFailure())
      return;
    const auto after = send(bystander_, "after");
    EXPECT_TRUE(after) << to_string(after.error());
    EXPECT_TRUE(node_.running().is_running()) << node_.running().error_output();
  }

  node_admin admin() { return {clients_.system, node_.address()}; }

  /// What is sent is answered, on a busy machine as well.
  static client::producer_settings patient() {
    client::producer_settings out;
    out.send_timeout = patience;
    return out;
  }

  client::producer
  spawn_producer(client::producer_settings settings = patient()) {
    settings.nameservers = {node_.address()};
    return client::spawn_producer(clients_.system, std::move(settings));
  }

  client::pull_consumer spawn_consumer() {
    return client::spawn_pull_consumer(
      clients_.system, {.nameservers = {node_.address()}, .timeout = patience});
  }

  static result<client::receipt> send(client::producer& from, std::string body,
                                      std::string to = topic) {
    client::message message;
    message.topic = std::move(to);
    message.body = std::move(body);
    return from.send(message);
  }

  temporary_folder folder_;
  node_process node_;
  client_system clients_;
  client::producer bystander_;
};

} // namespace apogee
