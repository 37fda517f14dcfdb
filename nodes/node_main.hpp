#pragma once

#include "config/explain.hpp"
#include "nodes/node_process.hpp"

#include <cstdio>
#include <string>
#include <unistd.h>
#include <vector>

namespace apogee::nodes {

/// The main() of a program that runs one kind of node: reads its configuration,
/// runs it, and returns the exit code (2: the configuration is wrong).
/// `remoting_address` is "broker=HOST:PORT" or the like, for the ready line.
template <class Config, class MakePlan, class RemotingAddress>
int run_main(int argc, char** argv, const std::string& program,
             MakePlan make_plan, RemotingAddress remoting_address) {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  for (const auto& argument : arguments) {
    if (argument == "--help" || argument == "-h") {
      std::printf("%s runs until SIGTERM. Usage:\n"
                  "  %s [--config-file=FILE] [--section.key=VALUE ...]\n\n"
                  "Settings ('apogee config explain' tells more):\n%s",
                  program.c_str(), program.c_str(),
                  config::explain(config::defaults_of<Config>()).c_str());
      return 0;
    }
    if (argument == "--version") {
      std::printf("%s %s\n", program.c_str(),
                  std::string{program_version()}.c_str());
      return 0;
    }
  }
  auto loaded = config::load<Config>(arguments);
  if (!loaded) {
    note("the configuration cannot be used:\n" + loaded.error().text);
    return 2;
  }
  if (!loaded->rest.empty()) {
    note("unknown argument '" + loaded->rest.front() + "'; try " + program
         + " --help");
    return 2;
  }
  const auto ports = std::make_shared<node_ports>();
  const auto host = loaded->settings.node.host;
  return run_node_process(
    loaded->caf, [&] { return make_plan(loaded->settings, ports, note); },
    [ports, host, remoting_address] {
      return "ready " + remoting_address(*ports, host)
             + " native=" + address_of(host, ports->native)
             + " pid=" + std::to_string(getpid());
    });
}

} // namespace apogee::nodes
