#include "nodes/node_main.hpp"
#include "nodes/standalone_node.hpp"

int main(int argc, char** argv) {
  using namespace apogee;
  return nodes::run_main<config::broker_config>(
    argc, argv, "apogee-broker", nodes::make_broker_plan,
    [](const nodes::node_ports& ports, const std::string& host) {
      return "broker=" + nodes::address_of(host, ports.broker);
    });
}
