#include "nodes/cli/commands.hpp"
#include "nodes/cli/group_view.hpp"
#include "nodes/cli/json_text.hpp"
#include "nodes/cli/quantity_text.hpp"
#include "nodes/cli/start_point.hpp"
#include "nodes/cli/table.hpp"
#include "nodes/cli/tool_request.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

namespace apogee::cli {

namespace {

struct group_options {
  target_options target;
  std::string name;
  std::string topic;
  std::string clone; ///< group that is to go on where this one is
  start_point to;
  bool as_json = false;
};

result<void> list(const group_options& options) {
  session nodes{options.target};
  group_map groups;
  auto outcome = query_groups(nodes, {}, groups);
  using side = text_table::side;
  text_table table{{{"GROUP"},
                    {"MEMBERS", side::right},
                    {"QUEUES", side::right},
                    {"LAG", side::right},
                    {"TOPICS"}}};
  for (const auto& [name, row] : groups)
    table.add({name, std::to_string(row.members.size()),
               std::to_string(row.queues.size()), std::to_string(row.lag()),
               fmt::format("{}", fmt::join(row.topics(), ", "))});
  if (!table.is_empty())
    if (auto printed = print(table.text()); !printed)
      return printed;
  if (outcome && table.is_empty())
    print_note("there are no groups; 'apogee consume TOPIC --group NAME' "
               "makes one");
  return outcome;
}

result<void> unknown_group(const std::string& name) {
  return {errc::unknown_group,
          "there is no group '" + name
            + "'; 'apogee group list' shows those there are"};
}

/// Shows one group, as `text` or as JSON.
result<void> show_as(const group_options& options,
                     std::string (*text)(const std::string&,
                                         const group_row&)) {
  session nodes{options.target};
  group_map groups;
  auto outcome = query_groups(nodes, options.name, groups);
  const auto found = groups.find(options.name);
  if (found == groups.end())
    return outcome ? unknown_group(options.name) : outcome;
  const auto& [name, row] = *found;
  if (auto printed =
        print(options.as_json ? group_json(name, row) : text(name, row));
      !printed)
    return printed;
  return outcome;
}

result<void> show(const group_options& options) {
  return show_as(options, group_text);
}

result<void> connections(const group_options& options) {
  return show_as(options, connections_text);
}

/// Connections of a group of producers: RocketMQ clients alone form such
/// groups.
result<void> producers(const group_options& options) {
  session nodes{options.target};
  std::map<std::string, nlohmann::ordered_json> clients;
  auto outcome = nodes.for_each_broker(
    broker_tools, errc::not_found,
    [&](node_connection& tools, const broker_address&) -> result<void> {
      const auto body =
        ask_tool(tools, remoting::request_code::get_producer_connection_list,
                 {{"producerGroup", options.name}});
      if (!body)
        return body.error();
      const auto known = nlohmann::json::parse(*body);
      for (const auto& one : known.at("connectionSet"))
        clients[one["clientId"]] = {{"id", one["clientId"]},
                                    {"address", one["clientAddr"]},
                                    {"language", one["language"]},
                                    {"version", one["version"]}};
      return {};
    });
  if (!outcome && clients.empty())
    return outcome;
  auto all = nlohmann::ordered_json::array();
  text_table table{{{"PRODUCER"},
                    {"ADDRESS"},
                    {"LANGUAGE"},
                    {"VERSION", text_table::side::right}}};
  for (const auto& [id, client] : clients) {
    all.push_back(client);
    table.add(
      {id, client["address"], client["language"], client["version"].dump()});
  }
  if (auto printed = print(options.as_json ? json_text(all) : table.text());
      !printed)
    return printed;
  return outcome;
}

/// A broker clones what there is, also nothing.
result<void> check_source(session& nodes, const group_options& options) {
  group_map groups;
  auto outcome = query_groups(nodes, options.name, groups);
  const auto source = groups.find(options.name);
  if (source == groups.end())
    return outcome ? unknown_group(options.name) : outcome;
  if (!options.topic.empty()
      && !source->second.topics().contains(options.topic))
    return {errc::unknown_topic, "group '" + options.name
                                   + "' has read nothing of topic '"
                                   + options.topic + "'; 'apogee group show "
                                   + options.name + "' shows what it has"};
  return {};
}

result<void> clone(const group_options& options) {
  session nodes{options.target};
  if (auto sound = check_source(nodes, options); !sound)
    return sound;
  const tool_fields fields{{"srcGroup", options.name},
                           {"destGroup", options.clone},
                           {"topic", options.topic},
                           {"offline", "true"}};
  const auto cloned = nodes.for_each_broker(
    broker_tools, errc::unknown_group,
    [&](node_connection& tools, const broker_address&) -> result<void> {
      const auto done =
        ask_tool(tools, remoting::request_code::clone_group_offset, fields);
      return done ? result<void>{} : done.error();
    });
  if (!cloned)
    return cloned;
  auto wanted = options;
  wanted.name = options.clone;
  return show(wanted);
}

result<void> reset(const group_options& options) {
  session nodes{options.target};
  const auto request = envelope<schema::GroupReset>::build([&](auto b) {
    b.setGroup(options.name);
    b.setTopic(options.topic);
    b.setTo(options.to.from);
    b.setTimeMs(options.to.time_ms);
  });
  group_map groups;
  auto outcome = nodes.ask_each_broker<schema::GroupList>(
    "groups", errc::unknown_topic, request,
    [&](const broker_address& broker, const auto& list) {
      return merge_groups(groups, broker, list);
    });
  for (const auto& [name, row] : groups)
    if (auto printed =
          print("group " + name + " goes on at:\n" + queues_text(row));
        !printed)
      return printed;
  return outcome;
}

} // namespace

void add_group_commands(CLI::App& app, command_action& chosen) {
  auto* group = add_command(
    app, "group", "List, show, reset groups of consumers; who is connected",
    {"apogee group list", "apogee group show billing"});
  group->require_subcommand(1);
  const auto options = std::make_shared<group_options>();
  const auto add = [&](const std::string& name, const std::string& sentence,
                       const std::vector<std::string>& examples,
                       result<void> (*run)(const group_options&)) {
    auto* command = add_command(*group, name, sentence, examples);
    add_target_options(*command, options->target,
                       target_kind::nameserver_or_broker);
    add_timeout_option(*command, options->target);
    command->callback(
      [&chosen, options, run] { chosen = [=] { return run(*options); }; });
    return command;
  };
  const auto add_name = [&](CLI::App* command) {
    command->add_option("group", options->name, "Name of the group")
      ->required()
      ->type_name("GROUP");
  };
  add("list", "List all groups and how far they are behind",
      {"apogee group list"}, list);
  const auto add_json = [&](CLI::App* command) {
    command->add_flag("--json", options->as_json, "Print JSON");
    return command;
  };
  add_name(add_json(add(
    "show", "Show a group's members, queues, offsets and lag",
    {"apogee group show billing", "apogee group show billing --json | jq .lag"},
    show)));
  add_name(
    add_json(add("connections",
                 "Show a group's members, and what each of them wants to read",
                 {"apogee group connections billing"}, connections)));
  add_name(add_json(
    add("producers", "Show who is connected as a group of RocketMQ producers",
        {"apogee group producers billing"}, producers)));
  auto* clone_command =
    add_json(add("clone", "Have another group go on where this one is",
                 {"apogee group clone billing audit",
                  "apogee group clone billing audit --topic orders"},
                 clone));
  add_name(clone_command);
  clone_command->add_option("to", options->clone, "The other group")
    ->required()
    ->type_name("TO");
  clone_command
    ->add_option("--topic,-t", options->topic, "One topic; all unless given")
    ->type_name("TOPIC");
  auto* reset_command =
    add("reset", "Set where a group goes on reading a topic",
        {"apogee group reset billing --topic orders --to earliest",
         "apogee group reset billing --topic orders --to "
         "2024-05-01T12:30:00Z"},
        reset);
  add_name(reset_command);
  reset_command->add_option("--topic,-t", options->topic, "Which topic")
    ->required()
    ->type_name("TOPIC");
  add_start_option(*reset_command, "--to", options->to,
                   "Where to go on: with the oldest message, behind the "
                   "newest, or with the first one stored at a time")
    ->required();
}

} // namespace apogee::cli
