#include "nodes/standalone_main.hpp"

#include "nodes/node_process.hpp"
#include "nodes/standalone_node.hpp"

#include <map>
#include <unistd.h>
#include <utility>

namespace apogee::nodes {

namespace {

/// Short names of settings that people type often.
const std::map<std::string, std::string> short_options = {
  {"--data", "--storage.data"},
  {"--nameserver-port", "--nameserver.port"},
  {"--broker-port", "--broker.port"},
  {"--native-port", "--node.native-port"},
};

std::vector<std::string> expand(std::vector<std::string> arguments) {
  for (auto& argument : arguments) {
    const auto name = argument.substr(0, argument.find('='));
    if (const auto found = short_options.find(name);
        found != short_options.end())
      argument.replace(0, name.size(), found->second);
  }
  return arguments;
}

bool is_given(const config::loaded<config::standalone_config>& loaded,
              const std::string& section, const std::string& key) {
  for (const auto& words : loaded.words)
    if (words.section == section && words.key == key)
      return words.origin != "default";
  return false;
}

} // namespace

int run_standalone(const std::vector<std::string>& arguments) {
  auto loaded = config::load<config::standalone_config>(expand(arguments));
  if (!loaded) {
    note("the configuration cannot be used:\n" + loaded.error().text);
    return 2;
  }
  if (!loaded->rest.empty()) {
    note("unknown argument '" + loaded->rest.front()
         + "'; 'apogee standalone --help' shows those there are");
    return 2;
  }
  auto& settings = loaded->settings;
  // The native port goes along with the one that people know.
  if (!is_given(*loaded, "node", "native-port") && settings.nameserver.port > 1)
    settings.node.native_port =
      static_cast<std::uint16_t>(settings.nameserver.port - 1);
  const auto ports = std::make_shared<node_ports>();
  const auto host = settings.node.host;
  return run_node_process(
    loaded->caf, [&] { return make_standalone_plan(settings, ports, note); },
    [ports, host] {
      return "ready nameserver=" + address_of(host, ports->nameserver)
             + " broker=" + address_of(host, ports->broker)
             + " native=" + address_of(host, ports->native)
             + " pid=" + std::to_string(getpid());
    });
}

} // namespace apogee::nodes
