#include "nodes/cli/commands.hpp"
#include "nodes/cli/node_status.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

namespace apogee::cli {

namespace {

struct status_options {
  target_options target;
  bool as_json = false;
};

result<void> show(const status_options& options) {
  session nodes{options.target};
  const auto status = ask_status(nodes, options.target.broker);
  if (!status)
    return status.error();
  auto printed =
    print(options.as_json ? status_json(*status) : status_text(*status));
  if (!printed)
    return printed;
  if (status->brokers.empty())
    return {errc::no_route, "no broker is registered; start one, or look for "
                            "the reason in its log"};
  for (const auto& broker : status->brokers)
    if (broker.why.code != errc::none || !broker.storage_error.empty())
      return {errc::unreachable, "not every broker is sound"};
  return {};
}

} // namespace

void add_status_command(CLI::App& app, command_action& chosen) {
  auto* command = add_command(
    app, "status", "Show every node: version, uptime, log, memory, storage",
    {"apogee status", "apogee status --json | jq '.brokers[].pid'",
     "apogee status --broker 127.0.0.1:9875"});
  const auto options = std::make_shared<status_options>();
  add_target_options(*command, options->target,
                     target_kind::nameserver_or_broker);
  add_timeout_option(*command, options->target);
  command->add_flag("--json", options->as_json, "Print JSON");
  command->callback(
    [&chosen, options] { chosen = [=] { return show(*options); }; });
}

} // namespace apogee::cli
