#include "messages/remoting_bodies/settings_text.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/json_text.hpp"
#include "nodes/cli/table.hpp"
#include "nodes/cli/tool_request.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

namespace apogee::cli {

namespace {

using remoting::request_code;

struct broker_options {
  target_options target;
  std::string name;
  std::vector<std::string> settings; ///< NAME=VALUE
  bool as_json = false;
};

/// Settings under RocketMQ's names, as its tools see them.
result<void> show_config(const broker_options& options) {
  session nodes{options.target};
  std::map<std::string, std::map<std::string, std::string>> by_broker;
  const auto outcome = nodes.for_each_broker(
    broker_tools, errc::none,
    [&](node_connection& tools, const broker_address& broker) -> result<void> {
      const auto body = ask_tool(tools, request_code::get_broker_config, {});
      if (!body)
        return body.error();
      auto settings = remoting::parse_settings(*body);
      if (!settings)
        return settings.error();
      by_broker[broker.name] = std::move(*settings);
      return {};
    });
  text_table table{{{"BROKER"}, {"SETTING"}, {"VALUE"}}};
  for (const auto& [broker, settings] : by_broker)
    for (const auto& [name, value] : settings)
      table.add({broker, name, value});
  if (!table.is_empty())
    if (auto printed =
          print(options.as_json ? json_text(by_broker) : table.text());
        !printed)
      return printed;
  return outcome;
}

result<void> update_config(const broker_options& options) {
  std::map<std::string, std::string> wanted;
  for (const auto& setting : options.settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      return {errc::invalid_argument,
              "'" + setting + "' is not of the form NAME=VALUE"};
    wanted[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  session nodes{options.target};
  std::vector<std::string> updated;
  const auto outcome = nodes.for_each_broker(
    broker_tools, errc::none,
    [&](node_connection& tools, const broker_address& broker) -> result<void> {
      const auto done = ask_tool(tools, request_code::update_broker_config, {},
                                 remoting::write_settings(wanted));
      if (!done)
        return done.error();
      updated.push_back(broker.name);
      return {};
    });
  if (!updated.empty())
    if (auto printed =
          print(options.as_json
                  ? json_text({{"brokers", updated}, {"settings", wanted}})
                  : fmt::format("{} as wanted on {}\n",
                                wanted.size() == 1 ? "the setting is"
                                                   : "the settings are",
                                fmt::join(updated, ", ")));
        !printed)
      return printed;
  return outcome;
}

/// A nameserver takes any name.
result<void> check_name(session& nodes, const std::string& name) {
  const auto known = nodes.brokers();
  if (!known)
    return known.error();
  const auto is_known =
    std::any_of(known->begin(), known->end(),
                [&](const auto& broker) { return broker.name == name; });
  if (is_known)
    return {};
  return {errc::not_found, "there is no broker '" + name
                             + "'; 'apogee status' shows those there are"};
}

result<void> switch_at(session& nodes, const std::string& nameserver,
                       request_code code, const tool_fields& fields) {
  auto tools =
    nodes.connect(nameserver, nameserver_tools, "--nameserver HOST:PORT");
  if (!tools)
    return tools.error();
  const auto done = ask_tool(*tools, code, fields);
  if (!done)
    return {done.error().code,
            "nameserver " + nameserver + ": " + done.error().text};
  return {};
}

/// Every nameserver keeps for itself what a broker may; one that fails does not
/// keep the others from it.
result<void> set_writable(const broker_options& options, request_code code,
                          const std::string& done_text) {
  session nodes{options.target};
  if (auto known = check_name(nodes, options.name); !known)
    return known;
  auto addresses = options.target.nameservers;
  if (addresses.empty())
    addresses.push_back(default_nameserver());
  std::vector<std::string> switched;
  failure failed;
  for (const auto& address : addresses) {
    const auto done =
      switch_at(nodes, address, code, {{"brokerName", options.name}});
    if (done) {
      switched.push_back(address);
      continue;
    }
    failed.code = done.error().code;
    failed.text += (failed.text.empty() ? "" : "\n") + done.error().text;
  }
  if (!switched.empty())
    if (auto printed = print(
          options.as_json ? json_text(
            {{"broker", options.name},
             {"writable", code == request_code::add_write_permission_of_broker},
             {"nameservers", switched}})
                          : fmt::format("{} {} at {}\n", done_text,
                                        options.name,
                                        fmt::join(switched, ", ")));
        !printed)
      return printed;
  if (failed.code == errc::none)
    return {};
  return failed;
}

result<void> wipe_write(const broker_options& options) {
  return set_writable(options, request_code::wipe_write_permission_of_broker,
                      "producers are sent no more to the topics of");
}

result<void> add_write(const broker_options& options) {
  return set_writable(options, request_code::add_write_permission_of_broker,
                      "producers are sent again to the topics of");
}

} // namespace

void add_broker_commands(CLI::App& app, command_action& chosen) {
  auto* broker = add_command(
    app, "broker", "Show a broker's settings; keep producers off it",
    {"apogee broker config", "apogee broker wipe-write broker-a"});
  broker->require_subcommand(1);
  const auto options = std::make_shared<broker_options>();
  const auto add = [&](const std::string& name, const std::string& sentence,
                       const std::vector<std::string>& examples,
                       target_kind target,
                       result<void> (*run)(const broker_options&)) {
    auto* command = add_command(*broker, name, sentence, examples);
    add_target_options(*command, options->target, target);
    add_timeout_option(*command, options->target);
    command->add_flag("--json", options->as_json, "Print JSON");
    command->callback(
      [&chosen, options, run] { chosen = [=] { return run(*options); }; });
    return command;
  };
  const auto add_name = [&](CLI::App* command) {
    command->add_option("name", options->name, "Name of the broker")
      ->required()
      ->type_name("NAME");
  };
  add("config", "Show settings under the names that RocketMQ's tools know",
      {"apogee broker config", "apogee broker config --json"},
      target_kind::nameserver_or_broker, show_config);
  add_words(*add("update",
                 "Check settings against those in force: none of them changes "
                 "while a broker runs",
                 {"apogee broker update maxMessageSize=4194304"},
                 target_kind::nameserver_or_broker, update_config),
            "settings", options->settings, "NAME=VALUE, as 'config' shows them")
    ->required();
  add_name(add("wipe-write", "Have nameservers send producers elsewhere",
               {"apogee broker wipe-write broker-a"}, target_kind::nameserver,
               wipe_write));
  add_name(add("add-write", "Have nameservers send producers there again",
               {"apogee broker add-write broker-a"}, target_kind::nameserver,
               add_write));
}

} // namespace apogee::cli
