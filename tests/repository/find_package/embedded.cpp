#include "actors/client/producer.hpp"
#include "actors/protocol.hpp"
#include "config/system_config.hpp"
#include "nodes/standalone_node.hpp"

#include <filesystem>
#include <iostream>

/// A node inside a program, and a producer that asks it for a topic there is
/// not: embedded DATA_FOLDER.
int main(int, char** argv) {
  using namespace apogee;
  config::standalone_config settings;
  settings.storage.data = argv[1];
  settings.storage.segment_size = 16 * config::mib;
  settings.nameserver.port = 0;
  settings.broker.port = 0;
  settings.supervision.log_to_console = false;

  config::system_config system_settings;
  system_settings.add_message_types<caf::id_block::apogee>();
  caf::actor_system system{system_settings};
  auto ports = std::make_shared<nodes::node_ports>();
  auto node = nodes::start_standalone(system, settings, ports);
  if (!node) {
    std::cerr << to_string(node.error()) << '\n';
    return 1;
  }
  auto nameserver = nodes::address_of("127.0.0.1", ports->native);
  auto producer = client::spawn_producer(system, {.nameservers = {nameserver}});
  auto answer = producer.send({.topic = "nowhere", .body = "hello"});
  producer.stop();
  if (answer)
    return 1;
  std::cout << "the node answered: " << to_string(answer.error()) << '\n';
  return answer.error().code == errc::unknown_topic ? 0 : 1;
}
