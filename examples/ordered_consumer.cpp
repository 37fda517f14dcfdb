// Shows that messages of one shard key keep their order, also when handling one
// fails: sends the steps of a few orders and receives them in order.
//
//   ordered_consumer TOPIC [NAMESERVER]
#include "actors/client/producer.hpp"
#include "actors/client/push_consumer.hpp"
#include "actors/client/system_config.hpp"

#include <caf/actor_system.hpp>

#include <future>
#include <iostream>
#include <map>
#include <mutex>

using namespace apogee;

int main(int argc, char** argv) {
  const std::string topic = argc > 1 ? argv[1] : "orders";
  const std::string nameserver = argc > 2 ? argv[2] : "127.0.0.1:9875";
  constexpr int orders = 4, steps = 5;
  client::system_config config;
  caf::actor_system system{config};
  auto producer = client::spawn_producer(system, {.nameservers = {nameserver}});
  for (int i = 0; i < orders * steps; ++i) {
    const auto key = "order-" + std::to_string(i % orders);
    const auto step = std::to_string(i / orders);
    const auto sent = producer.send(
      {.topic = topic, .tag = key, .body = step, .shard_key = key});
    if (!sent) {
      std::cerr << to_string(sent.error()) << '\n';
      return 1;
    }
  }
  std::mutex mutex;
  std::map<std::string, int> next; // step that an order waits for
  int handled = 0, wrong = 0, failures = 0;
  std::promise<void> all_handled;
  auto consumer = client::spawn_push_consumer(
    system,
    {.nameservers = {nameserver},
     .group = "ordered-example",
     .topics = {topic},
     .from = client::start_from::earliest,
     .ordered = true},
    [&](const client::received_message& message) {
      std::lock_guard guard{mutex};
      if (message.body == "2" && failures++ == 0)
        return client::consume_result::retry; // the queue waits for it
      const auto expected = next[std::string{message.tag}]++;
      wrong += message.body == std::to_string(expected) ? 0 : 1;
      if (++handled == orders * steps)
        all_handled.set_value();
      return client::consume_result::success;
    });
  all_handled.get_future().wait();
  consumer.stop();
  std::cout << handled << " steps handled, " << wrong << " out of order\n";
  return wrong == 0 ? 0 : 1;
}
