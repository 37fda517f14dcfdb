#include "nodes/cli/commands.hpp"
#include "nodes/cli/quantity_text.hpp"
#include "nodes/cli/start_point.hpp"
#include "nodes/cli/table.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <set>

namespace apogee::cli {

namespace {

struct group_options {
  target_options target;
  std::string name;
  std::string topic;
  start_point to;
};

struct group_queue {
  std::string topic;
  std::string broker;
  std::uint32_t queue = 0;
  std::uint64_t offset = 0;
  std::uint64_t max_offset = 0;
  std::string member;

  std::uint64_t lag() const {
    return max_offset > offset ? max_offset - offset : 0;
  }
};

struct group_member {
  std::string node;
  std::size_t queues = 0;
};

/// A group as all brokers together have it: each has a coordinator of its own.
struct group_row {
  bool is_ordered = false;
  std::map<std::string, group_member> members;
  std::vector<group_queue> queues;

  std::uint64_t lag() const {
    std::uint64_t sum = 0;
    for (const auto& queue : queues)
      sum += queue.lag();
    return sum;
  }

  std::set<std::string> topics() const {
    std::set<std::string> out;
    for (const auto& queue : queues)
      out.insert(queue.topic);
    return out;
  }
};

using group_map = std::map<std::string, group_row>;

result<void> merge(group_map& groups, const broker_address& broker,
                   const envelope<schema::GroupList>& list) {
  return list.read([&](schema::GroupList::Reader r) {
    for (const auto group : r.getGroups()) {
      auto& row = groups[group.getName().cStr()];
      row.is_ordered = row.is_ordered || group.getOrdered();
      for (const auto member : group.getMembers()) {
        auto& known = row.members[member.getId().cStr()];
        known.node = member.getNode().cStr();
        known.queues += member.getQueues().size();
      }
      for (const auto queue : group.getQueues())
        row.queues.push_back({queue.getQueue().getTopic().cStr(), broker.name,
                              queue.getQueue().getQueue(), queue.getOffset(),
                              queue.getMaxOffset(), queue.getMember().cStr()});
    }
  });
}

result<void> query(session& nodes, const std::string& name, group_map& groups) {
  const auto request =
    envelope<schema::GroupQuery>::build([&](auto b) { b.setGroup(name); });
  return nodes.for_each_broker(
    "groups", errc::unknown_group,
    [&](node_connection& service,
        const broker_address& broker) -> result<void> {
      const auto reply = service.ask<schema::GroupList>(request);
      if (!reply)
        return reply.error();
      return merge(groups, broker, *reply);
    });
}

std::string queues_text(const group_row& row) {
  using side = text_table::side;
  text_table table{{{"TOPIC"},
                    {"BROKER"},
                    {"QUEUE", side::right},
                    {"OFFSET", side::right},
                    {"MAX", side::right},
                    {"LAG", side::right},
                    {"MEMBER"}}};
  for (const auto& queue : row.queues)
    table.add({queue.topic, queue.broker, std::to_string(queue.queue),
               std::to_string(queue.offset), std::to_string(queue.max_offset),
               std::to_string(queue.lag()),
               queue.member.empty() ? "-" : queue.member});
  return table.is_empty() ? std::string{} : table.text();
}

std::string group_text(const std::string& name, const group_row& row) {
  using side = text_table::side;
  auto out = fmt::format("group {}: {}, {}, {}, {} behind\n", name,
                         row.is_ordered ? "ordered" : "concurrent",
                         counted(row.members.size(), "member"),
                         counted(row.queues.size(), "queue"),
                         counted(row.lag(), "message"));
  text_table members{{{"MEMBER"}, {"QUEUES", side::right}, {"NODE"}}};
  for (const auto& [id, member] : row.members)
    members.add({id, std::to_string(member.queues), member.node});
  if (!members.is_empty())
    out += members.text() + "\n";
  return out + queues_text(row);
}

result<void> list(const group_options& options) {
  session nodes{options.target};
  group_map groups;
  auto outcome = query(nodes, {}, groups);
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

result<void> show(const group_options& options) {
  session nodes{options.target};
  group_map groups;
  auto outcome = query(nodes, options.name, groups);
  const auto found = groups.find(options.name);
  if (found == groups.end()) {
    if (!outcome)
      return outcome;
    return {errc::unknown_group,
            "there is no group '" + options.name
              + "'; 'apogee group list' shows those there are"};
  }
  if (auto printed = print(group_text(found->first, found->second)); !printed)
    return printed;
  return outcome;
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
  auto outcome =
    nodes.for_each_broker("groups", errc::unknown_topic,
                          [&](node_connection& service,
                              const broker_address& broker) -> result<void> {
                            const auto reply =
                              service.ask<schema::GroupList>(request);
                            if (!reply)
                              return reply.error();
                            return merge(groups, broker, *reply);
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
  auto* group = add_command(app, "group", "List, show, reset consumer groups",
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
  add_name(add("show", "Show a group's members, queues, offsets and lag",
               {"apogee group show billing"}, show));
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
