#pragma once

#include "actors/client/producer.hpp"
#include "tests/actors/client/fake_cluster.hpp"
#include "tests/actors/client/stopping.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace apogee::client {

/// A producer among fake brokers and nameservers.
class producer_test : public client_test {
protected:
  producer_test() {
    broker = add_broker("one", "one:1");
    route("topic", *broker, 4);
    settings.nameservers = {nameserver_address};
  }

  ~producer_test() override { stop(); }

  void start() {
    producer = spawn_producer(sys, settings, where());
    run();
  }

  /// stop() waits for the actor, which needs this thread to run.
  void stop() {
    run_while([this] { producer.stop(); }, [this] { run(); });
    run();
  }

  static message make(std::string body, std::string topic = "topic") {
    message out;
    out.topic = std::move(topic);
    out.body = std::move(body);
    return out;
  }

  /// Sends and keeps the answer, by body.
  void send(message msg) {
    const auto body = msg.body;
    producer.send_async(msg, [this, body](const result<receipt>& reply) {
      answers[body].push_back(reply);
      ++answered;
    });
  }

  errc error_of(const std::string& body) {
    const auto& replies = answers[body];
    return replies.size() == 1 && !replies[0] ? replies[0].error().code
                                              : errc::none;
  }

  std::string text_of(const std::string& body) {
    return error_of(body) == errc::none ? "" : answers[body][0].error().text;
  }

  bool is_stored_once(const std::string& body) {
    return answers[body].size() == 1 && answers[body][0].has_value();
  }

  std::shared_ptr<fake_broker> broker;
  producer_settings settings;
  client::producer producer;
  std::map<std::string, std::vector<result<receipt>>> answers;
  std::size_t answered = 0;
};

} // namespace apogee::client
