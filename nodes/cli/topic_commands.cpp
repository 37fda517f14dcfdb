#include "messages/names.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/json_text.hpp"
#include "nodes/cli/quantity_text.hpp"
#include "nodes/cli/table.hpp"
#include "nodes/cli/time_text.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

namespace apogee::cli {

namespace {

constexpr std::uint8_t permission_read = 4;
constexpr std::uint8_t permission_write = 2;

struct topic_options {
  target_options target;
  std::string name;
  std::uint32_t queues = 0; ///< to write to; 0: not given
  std::uint32_t read_queues = 0;
  std::string permission;
  bool is_certain = false;
  bool as_json = false;
};

struct queue_row {
  std::string broker;
  std::uint32_t queue = 0;
  std::uint64_t min_offset = 0;
  std::uint64_t max_offset = 0;
};

/// A topic as all brokers together have it.
struct topic_row {
  std::uint32_t write_queues = 0;
  std::uint32_t read_queues = 0;
  std::uint8_t permission = 0;
  std::int64_t created_ms = 0;
  std::vector<std::string> brokers;
  std::vector<queue_row> ends;
};

using topic_map = std::map<std::string, topic_row>;

std::uint8_t permission_of(const std::string& text) {
  return static_cast<std::uint8_t>(
    (text.find('r') != std::string::npos ? permission_read : 0)
    | (text.find('w') != std::string::npos ? permission_write : 0));
}

std::string permission_text(std::uint8_t permission) {
  std::string out = (permission & permission_read) != 0 ? "r" : "-";
  return out += (permission & permission_write) != 0 ? "w" : "-";
}

result<void> merge(topic_map& topics, const broker_address& broker,
                   const envelope<schema::TopicList>& list) {
  return list.read([&](schema::TopicList::Reader r) {
    for (const auto topic : r.getTopics()) {
      auto& row = topics[topic.getName().cStr()];
      row.write_queues += topic.getWriteQueues();
      row.read_queues += topic.getReadQueues();
      row.permission = topic.getPermission();
      row.created_ms = row.created_ms == 0
                         ? topic.getCreatedMs()
                         : std::min(row.created_ms, topic.getCreatedMs());
      row.brokers.push_back(broker.name);
      for (const auto ends : topic.getOffsets())
        row.ends.push_back({broker.name, ends.getQueue(), ends.getMinOffset(),
                            ends.getMaxOffset()});
    }
  });
}

result<void> query(session& nodes, const std::string& name, topic_map& topics) {
  const auto request =
    envelope<schema::TopicQuery>::build([&](auto b) { b.setName(name); });
  return nodes.ask_each_broker<schema::TopicList>(
    "admin", errc::unknown_topic, request,
    [&](const broker_address& broker, const auto& list) {
      return merge(topics, broker, list);
    });
}

std::string joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// What a change has done, at those brokers that took it.
struct topic_change {
  std::vector<std::string> brokers;
  topic_map topics;
  result<void> outcome;
};

template <class Request>
topic_change change(session& nodes, const Request& request, errc harmless) {
  topic_change out;
  out.outcome = nodes.ask_each_broker<schema::TopicList>(
    "admin", harmless, request,
    [&](const broker_address& broker, const auto& list) {
      out.brokers.push_back(broker.name);
      return merge(out.topics, broker, list);
    });
  return out;
}

std::string queues_text(const topic_row& row) {
  if (row.write_queues == row.read_queues)
    return counted(row.write_queues, "queue");
  return fmt::format("{} to write and {} to read",
                     counted(row.write_queues, "queue"), row.read_queues);
}

std::string topic_json(const std::string& name, const topic_row& row) {
  const nlohmann::ordered_json out{
    {"name", name},
    {"writeQueues", row.write_queues},
    {"readQueues", row.read_queues},
    {"permission", permission_text(row.permission)},
    {"brokers", row.brokers}};
  return json_text(out);
}

result<void> report(std::string_view done, const topic_options& options,
                    const topic_change& change) {
  const auto& name = options.name;
  if (const auto found = change.topics.find(name);
      found != change.topics.end()) {
    const auto& row = found->second;
    if (auto printed =
          print(options.as_json
                  ? topic_json(name, row)
                  : fmt::format("{} topic {} with {}, permission {}, on {}\n",
                                done, name, queues_text(row),
                                permission_text(row.permission),
                                joined(change.brokers)));
        !printed)
      return printed;
  }
  return change.outcome;
}

result<void> create(const topic_options& options) {
  session nodes{options.target};
  const auto request = envelope<schema::TopicCreate>::build([&](auto b) {
    b.setName(options.name);
    if (options.queues != 0)
      b.setQueues(options.queues);
    b.setReadQueues(options.read_queues);
    if (!options.permission.empty())
      b.setPermission(permission_of(options.permission));
  });
  auto changed = change(nodes, request, errc::none);
  auto& outcome = changed.outcome;
  // Who reads this may send at once.
  if (outcome && options.target.broker.empty())
    if (auto found = nodes.find_new_topic(options.name); !found)
      return {errc::no_route, "the topic was created, but the nameserver does "
                              "not know it yet"};
  return report("created", options, changed);
}

result<void> update(const topic_options& options) {
  if (options.queues == 0 && options.read_queues == 0
      && options.permission.empty())
    return {errc::invalid_argument,
            "nothing is to be altered; give --queues, --read-queues or "
            "--permission"};
  session nodes{options.target};
  const auto request = envelope<schema::TopicUpdate>::build([&](auto b) {
    b.setName(options.name);
    b.setWriteQueues(options.queues);
    b.setReadQueues(options.read_queues);
    b.setPermission(permission_of(options.permission));
  });
  return report("altered", options,
                change(nodes, request, errc::unknown_topic));
}

result<void> list(const topic_options& options) {
  session nodes{options.target};
  topic_map topics;
  auto outcome = query(nodes, {}, topics);
  using side = text_table::side;
  text_table table{{{"TOPIC"},
                    {"WRITE QUEUES", side::right},
                    {"READ QUEUES", side::right},
                    {"PERMISSION"},
                    {"CREATED"},
                    {"BROKERS"}}};
  for (const auto& [name, row] : topics)
    // What brokers keep for themselves is shown by name only.
    if (!is_closed_topic(name) && !name.starts_with(retry_topic_prefix))
      table.add({name, std::to_string(row.write_queues),
                 std::to_string(row.read_queues),
                 permission_text(row.permission), format_time(row.created_ms),
                 joined(row.brokers)});
  if (!table.is_empty())
    if (auto printed = print(table.text()); !printed)
      return printed;
  if (outcome && table.is_empty())
    print_note("there are no topics; 'apogee topic create NAME' makes one");
  return outcome;
}

result<void> show(const topic_options& options) {
  session nodes{options.target};
  topic_map topics;
  auto outcome = query(nodes, options.name, topics);
  const auto found = topics.find(options.name);
  if (found == topics.end())
    return outcome;
  auto& row = found->second;
  using side = text_table::side;
  text_table table{{{"BROKER"},
                    {"QUEUE", side::right},
                    {"MIN", side::right},
                    {"MAX", side::right},
                    {"MESSAGES", side::right}}};
  std::uint64_t messages = 0;
  for (const auto& queue : row.ends) {
    const auto count = queue.max_offset - queue.min_offset;
    messages += count;
    table.add({queue.broker, std::to_string(queue.queue),
               std::to_string(queue.min_offset),
               std::to_string(queue.max_offset), std::to_string(count)});
  }
  auto text =
    fmt::format("topic {}: {}, permission {}, created {}, {}\n", options.name,
                queues_text(row), permission_text(row.permission),
                format_time(row.created_ms), counted(messages, "message"));
  if (auto printed = print(text + table.text()); !printed)
    return printed;
  return outcome;
}

result<void> remove(const topic_options& options) {
  if (!options.is_certain
      && !is_confirmed("Delete topic " + options.name
                       + " and all its messages?"))
    return {errc::closed, "nothing was deleted"};
  session nodes{options.target};
  const auto request = envelope<schema::TopicDelete>::build(
    [&](auto b) { b.setName(options.name); });
  const auto deleted = change(nodes, request, errc::unknown_topic);
  if (!deleted.brokers.empty())
    if (auto printed = print(fmt::format(
          "deleted topic {} from {}\n", options.name, joined(deleted.brokers)));
        !printed)
      return printed;
  return deleted.outcome;
}

} // namespace

void add_topic_commands(CLI::App& app, command_action& chosen) {
  auto* topic = add_command(
    app, "topic", "Create, alter, list, show, delete topics",
    {"apogee topic create orders --queues 4", "apogee topic show orders"});
  topic->require_subcommand(1);
  const auto options = std::make_shared<topic_options>();
  const auto add = [&](const std::string& name, const std::string& sentence,
                       const std::vector<std::string>& examples,
                       result<void> (*run)(const topic_options&)) {
    auto* command = add_command(*topic, name, sentence, examples);
    add_target_options(*command, options->target,
                       target_kind::nameserver_or_broker);
    add_timeout_option(*command, options->target);
    command->callback(
      [&chosen, options, run] { chosen = [=] { return run(*options); }; });
    return command;
  };
  const auto add_name = [&](CLI::App* command) {
    command->add_option("name", options->name, "Name of the topic")
      ->required()
      ->type_name("NAME");
  };
  const auto add_shape = [&](CLI::App* command) {
    command
      ->add_option("--queues,--write-queues,-q", options->queues,
                   "Queues on each broker that producers share; 8 for a new "
                   "topic unless given")
      ->type_name("N")
      ->check(whole_number(1, 65'536));
    command
      ->add_option("--read-queues", options->read_queues,
                   "Queues on each broker that consumers share; for a new "
                   "topic as many unless given")
      ->type_name("N")
      ->check(whole_number(1, 65'536));
    command
      ->add_option("--permission,-p", options->permission,
                   "What clients may do: r read, w write, rw both")
      ->type_name("rw|r|w")
      ->check(one_of({"rw", "r", "w"}));
    command->add_flag("--json", options->as_json, "Print JSON");
  };
  auto* create_command =
    add("create", "Create a topic on every broker",
        {"apogee topic create orders",
         "apogee topic create audit --queues 1   # one queue keeps the order",
         "apogee topic create archive --permission r"},
        create);
  add_name(create_command);
  add_shape(create_command);
  auto* update_command =
    add("update", "Alter a topic on every broker that has it",
        {"apogee topic update orders --queues 16 --read-queues 16",
         "apogee topic update orders --queues 4   # readers empty the others",
         "apogee topic update orders --permission r"},
        update);
  add_name(update_command);
  add_shape(update_command);
  add("list", "List all topics", {"apogee topic list"}, list);
  add_name(add("show", "Show a topic's queues and their offsets",
               {"apogee topic show orders"}, show));
  auto* delete_command = add(
    "delete", "Delete a topic and its messages",
    {"apogee topic delete orders", "apogee topic delete orders --yes"}, remove);
  add_name(delete_command);
  delete_command->add_flag("--yes,-y", options->is_certain,
                           "Do not ask on the terminal");
}

} // namespace apogee::cli
