// Sends each line of the standard input as a message:
//
//   producer TOPIC [NAMESERVER] < file
#include "actors/client/producer.hpp"

#include "actors/client/system_config.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <iostream>
#include <string>

using namespace apogee;

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: producer TOPIC [NAMESERVER] < file\n";
    return 2;
  }
  const std::string nameserver = argc > 2 ? argv[2] : "127.0.0.1:9875";

  client::system_config config;
  caf::actor_system system{config};
  auto producer = client::spawn_producer(
    system, {.nameservers = {nameserver}, .ack = ack_level::disk});

  // Lines are sent while earlier ones are on their way; send_async() waits
  // when too many are.
  std::atomic<std::size_t> stored{0};
  std::atomic<std::size_t> failed{0};
  client::message message;
  message.topic = argv[1];
  while (std::getline(std::cin, message.body))
    producer.send_async(message, [&, line = message.body](const auto& reply) {
      ++(reply ? stored : failed);
      if (!reply)
        std::cerr << "not stored: " + line + ": " + to_string(reply.error())
                       + "\n";
    });
  producer.flush();
  producer.stop();
  std::cout << stored << " stored, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}
