// A whole node inside a program, a message sent to it and read back:
//
//   embedding DATA_FOLDER
#include "actors/client/producer.hpp"
#include "actors/client/pull_consumer.hpp"
#include "actors/client/topic_admin.hpp"
#include "actors/protocol.hpp"
#include "config/system_config.hpp"
#include "nodes/standalone_node.hpp"

#include <iostream>

using namespace apogee;

int main(int argc, char** argv) {
  config::standalone_config settings;
  settings.storage.data = argc > 1 ? argv[1] : "embedded-data";
  settings.nameserver.port = 0; // any free one; programs use the native port
  settings.broker.port = 0;
  settings.supervision.log_to_console = false;

  config::system_config options;
  options.add_message_types<caf::id_block::apogee>();
  caf::actor_system system{options};
  auto ports = std::make_shared<nodes::node_ports>();
  auto node = nodes::start_standalone(system, settings, ports);
  if (!node) {
    std::cerr << to_string(node.error()) << '\n';
    return 1;
  }
  const auto address = nodes::address_of(settings.node.host, ports->native);

  const auto created = client::create_topic(system, address, "greetings", 1);
  if (!created && created.error().code != errc::topic_exists) {
    std::cerr << to_string(created.error()) << '\n';
    return 1;
  }
  auto producer = client::spawn_producer(system, {.nameservers = {address}});
  const auto sent = producer.send({.topic = "greetings", .body = "hello"});
  if (!sent) {
    std::cerr << to_string(sent.error()) << '\n';
    return 1;
  }
  auto consumer =
    client::spawn_pull_consumer(system, {.nameservers = {address}});
  const auto pulled =
    consumer.pull({sent->broker, sent->topic, sent->queue}, sent->offset);
  if (!pulled || pulled->messages.empty()) {
    std::cerr << (pulled ? "it is not there" : to_string(pulled.error()))
              << '\n';
    return 1;
  }
  std::cout << pulled->messages[0].body << ", stored as message "
            << sent->offset.value << " of its queue\n";
}
