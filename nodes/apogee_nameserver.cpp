#include "nodes/node_main.hpp"
#include "nodes/standalone_node.hpp"

int main(int argc, char** argv) {
  using namespace apogee;
  return nodes::run_main<config::nameserver_config>(
    argc, argv, "apogee-nameserver", nodes::make_nameserver_plan,
    [](const nodes::node_ports& ports, const std::string& host) {
      return "nameserver=" + nodes::address_of(host, ports.nameserver);
    });
}
