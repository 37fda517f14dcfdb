#include "actors/client/producer.hpp"
#include "actors/client/push_consumer.hpp"
#include "actors/client/system_config.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// A client that a drill runs as a process of its own, until it is killed. It
/// writes a line for everything that happens:
///
///   drill_client produce NAMESERVER TOPIC PREFIX   "sent BODY", "failed TEXT"
///   drill_client consume NAMESERVER GROUP TOPIC    "got BODY", "queues N,N,…"
///   drill_client member NAMESERVER GROUP TOPIC [ordered]
///                                                  "got QUEUE OFFSET BODY"
namespace {

using namespace apogee;
using namespace std::chrono_literals;

std::mutex output_mutex;

void print(const std::string& line) {
  std::lock_guard guard{output_mutex};
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void produce(caf::actor_system& system, const std::string& nameserver,
             const std::string& topic, const std::string& prefix) {
  client::producer_settings settings;
  settings.nameservers = {nameserver};
  settings.send_timeout = 20s;
  auto producer = client::spawn_producer(system, settings);
  for (unsigned count = 0;; ++count) {
    client::message message;
    message.topic = topic;
    message.body = prefix + std::to_string(count);
    const auto sent = producer.send(message);
    print(sent ? "sent " + message.body : "failed " + to_string(sent.error()));
    std::this_thread::sleep_for(2ms);
  }
}

std::string queues_line(const client::push_consumer& consumer) {
  std::vector<std::uint32_t> numbers;
  for (const auto& queue : consumer.queues())
    numbers.push_back(queue.number);
  std::sort(numbers.begin(), numbers.end());
  std::string out = "queues ";
  for (const auto number : numbers)
    out += std::to_string(number) + ",";
  return out;
}

void consume(caf::actor_system& system, const std::string& nameserver,
             const std::string& group, const std::string& topic) {
  client::push_consumer_settings settings;
  settings.nameservers = {nameserver};
  settings.group = group;
  settings.topics = {topic};
  settings.from = client::start_from::earliest;
  auto consumer = client::spawn_push_consumer(
    system, settings,
    client::message_listener{[](const client::received_message& message) {
      print("got " + std::string{message.body});
      return client::consume_result::success;
    }});
  print("joining");
  for (std::string last;;) {
    if (auto now = queues_line(consumer); now != last) {
      print(now);
      last = std::move(now);
    }
    std::this_thread::sleep_for(5ms);
  }
}

void be_member(caf::actor_system& system, const std::string& nameserver,
               const std::string& group, const std::string& topic,
               bool is_ordered) {
  client::push_consumer_settings settings;
  settings.nameservers = {nameserver};
  settings.group = group;
  settings.topics = {topic};
  settings.from = client::start_from::earliest;
  settings.ordered = is_ordered;
  const auto consumer = client::spawn_push_consumer(
    system, settings,
    client::message_listener{[](const client::received_message& message) {
      print("got " + std::to_string(message.queue) + " "
            + std::to_string(message.offset.value) + " "
            + std::string{message.body});
      return client::consume_result::success;
    }});
  for (;;)
    std::this_thread::sleep_for(1h);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6)
    return 2;
  const std::string what = argv[1];
  client::system_config config;
  caf::actor_system system{config};
  if (what == "produce")
    produce(system, argv[2], argv[3], argv[4]);
  if (what == "member")
    be_member(system, argv[2], argv[3], argv[4], argc == 6);
  consume(system, argv[2], argv[3], argv[4]);
}
