#pragma once

#include "actors/client/push_consumer.hpp"
#include "tests/actors/client/fake_cluster.hpp"
#include "tests/actors/client/stopping.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace apogee::client {

/// A consumer whose listener runs on the test's thread.
class push_consumer_test : public client_test {
protected:
  push_consumer_test() {
    broker = add_broker("one", "one:1");
    route("topic", *broker, 2);
    settings.nameservers = {nameserver_address};
    settings.group = "group";
    settings.topics = {"topic"};
    settings.listener_threads = 0;
    settings.member_id = "me";
  }

  ~push_consumer_test() override { stop(); }

  void start() {
    consumer = spawn_push_consumer(
      sys, settings,
      [this](const received_message& message) {
        const std::string body{message.body};
        {
          std::lock_guard guard{calls_mutex};
          calls.push_back(body);
        }
        return behave(body);
      },
      where());
    run();
  }

  void stop() {
    run_while([this] { consumer.stop(); }, [this] { run(); });
    run();
  }

  /// What the listener does: fails the bodies in `failing` once each.
  consume_result behave(const std::string& body) {
    if (on_message)
      on_message(body);
    std::lock_guard guard{calls_mutex};
    return failing.erase(body) > 0 ? consume_result::retry
                                   : consume_result::success;
  }

  fake_groups& group() { return *groups.at(broker.get()); }

  /// The newest offset that was reported for a queue.
  std::optional<std::uint64_t> reported(std::uint32_t queue) {
    for (auto at = group().reports.rbegin(); at != group().reports.rend(); ++at)
      if (const auto found = at->offsets.find({"topic", queue});
          found != at->offsets.end())
        return found->second;
    return {};
  }

  void pass(std::chrono::milliseconds time) {
    for (std::chrono::milliseconds done{0}; done < time;
         done += std::chrono::milliseconds{50})
      advance(std::chrono::milliseconds{50});
  }

  std::shared_ptr<fake_broker> broker;
  push_consumer_settings settings;
  push_consumer consumer;
  std::mutex calls_mutex;
  std::vector<std::string> calls;
  std::set<std::string> failing;
  std::function<void(const std::string&)> on_message;
};

} // namespace apogee::client
