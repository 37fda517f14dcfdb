#include "nodes/cli/commands.hpp"
#include "nodes/cli/interruption.hpp"
#include "nodes/cli/json_text.hpp"
#include "nodes/cli/supervision_text.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <unistd.h>

namespace apogee::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto poll_interval = 500ms;
constexpr auto watch_interval = 1s;
constexpr std::uint32_t watch_events = 10;
constexpr std::uint32_t events_max = 1000; // of one answer
constexpr auto clear_screen = "\033[H\033[2J";

struct supervision_options {
  target_options target;
  std::string node;
  std::string path;
  std::uint32_t count = 100;
  bool is_following = false;
  bool as_json = false;
};

result<node_connection> connect(session& nodes,
                                const supervision_options& options) {
  auto address = options.node;
  if (address.empty()) {
    const auto names = nodes.nameserver();
    if (!names)
      return names.error();
    address = names->address();
  }
  return nodes.connect(address, "supervision",
                       options.node.empty() ? "" : "--node HOST:PORT");
}

result<std::vector<tree_line>> ask_tree(node_connection& node) {
  const auto reply =
    node.ask<schema::TreeReply>(envelope<schema::TreeRequest>{});
  if (!reply)
    return reply.error();
  return reply->read([](schema::TreeReply::Reader r) {
    std::vector<tree_line> out;
    for (const auto each : r.getNodes())
      out.push_back({each.getPath().cStr(), each.getKind().cStr(),
                     each.getState().cStr(), each.getRestarts(),
                     each.getSinceMs(), each.getStrategy().cStr()});
    return out;
  });
}

result<std::vector<event_line>>
ask_log(node_connection& node, std::uint32_t count, std::uint64_t after) {
  const auto request = envelope<schema::LogRequest>::build([&](auto b) {
    b.setCountMax(count);
    b.setAfterSequence(after);
  });
  const auto reply = node.ask<schema::LogReply>(request);
  if (!reply)
    return reply.error();
  return reply->read([](schema::LogReply::Reader r) {
    std::vector<event_line> out;
    for (const auto each : r.getEvents())
      out.push_back({each.getSequence(), each.getTimeMs(),
                     each.getNode().cStr(), each.getPath().cStr(),
                     each.getEvent().cStr(), each.getReason().cStr(),
                     each.getRestarts(), each.getDecision().cStr()});
    return out;
  });
}

/// Whether the node has told this event: one that was restarted has not, and
/// counts from 1 again.
bool has_told(node_connection& node, const event_line& event) {
  const auto since = ask_log(node, events_max, event.sequence - 1);
  return since && !since->empty() && since->front().sequence == event.sequence
         && since->front().time_ms == event.time_ms;
}

std::string json_line(const event_line& event) {
  nlohmann::ordered_json out;
  out["sequence"] = event.sequence;
  out["timeMs"] = event.time_ms;
  out["node"] = event.node;
  out["path"] = event.path;
  out["event"] = event.event;
  out["reason"] = event.reason;
  out["restarts"] = event.restarts;
  out["decision"] = event.decision;
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string tree_json(const std::vector<tree_line>& actors) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& actor : actors)
    out.push_back({{"path", actor.path},
                   {"kind", actor.kind},
                   {"state", actor.state},
                   {"restarts", actor.restarts},
                   {"sinceMs", actor.since_ms},
                   {"strategy", actor.strategy}});
  return json_text(out);
}

result<void> show_tree(const supervision_options& options) {
  session nodes{options.target};
  auto node = connect(nodes, options);
  if (!node)
    return node.error();
  const auto tree = ask_tree(*node);
  if (!tree)
    return tree.error();
  return print(options.as_json ? tree_json(*tree)
                               : tree_text(*tree, wall_clock_ms()));
}

result<void> print_events(const std::vector<event_line>& events, bool as_json) {
  std::string text;
  for (const auto& event : events)
    text += (as_json ? json_line(event) : event_text(event)) + "\n";
  return print(text);
}

/// Prints the newest events and, if told to, those that come, until the user
/// interrupts; goes on when the node or its supervision was restarted.
result<void> show_log(const supervision_options& options) {
  interruption user;
  session nodes{options.target};
  auto node = connect(nodes, options);
  if (!node)
    return node.error();
  event_line last; // printed; no sequence: none
  auto count = options.count;
  for (;;) {
    const auto events = ask_log(*node, count, last.sequence);
    if (events) {
      if (auto printed = print_events(*events, options.as_json); !printed)
        return printed;
      if (!events->empty())
        last = events->back();
    } else if (!options.is_following || last.sequence == 0) {
      return events.error();
    } else {
      auto again = connect(nodes, options);
      if (!again)
        return events.error();
      node = std::move(again);
      if (!has_told(*node, last))
        last = {};
    }
    count = events_max;
    if (!options.is_following || user.wait_for(poll_interval))
      return {};
  }
}

/// Redraws tree and newest events until the user interrupts; without a
/// terminal it follows the log.
result<void> watch(const supervision_options& options) {
  if (isatty(STDOUT_FILENO) != 1) {
    auto following = options;
    following.is_following = true;
    return show_log(following);
  }
  interruption user;
  session nodes{options.target};
  std::optional<node_connection> node;
  for (;;) {
    std::string screen = clear_screen;
    result<std::vector<tree_line>> tree{errc::unreachable, {}};
    if (!node) {
      auto opened = connect(nodes, options);
      if (opened)
        node.emplace(*std::move(opened));
      else
        tree = opened.error();
    }
    if (node)
      tree = ask_tree(*node);
    if (tree) {
      screen += tree_text(*tree, wall_clock_ms()) + "\n";
      if (const auto events = ask_log(*node, watch_events, 0))
        for (const auto& event : *events)
          screen += event_text(event) + "\n";
      screen += "\nCtrl-C ends.\n";
    } else {
      node.reset();
      screen += tree.error().text + "\nTrying again; Ctrl-C ends.\n";
    }
    if (auto printed = print(screen); !printed)
      return printed;
    if (user.wait_for(watch_interval))
      return {};
  }
}

result<void> crash(const supervision_options& options) {
  session nodes{options.target};
  auto node = connect(nodes, options);
  if (!node)
    return node.error();
  const auto request = envelope<schema::CrashRequest>::build(
    [&](auto b) { b.setPath(options.path); });
  const auto reply = node->ask<schema::CrashReply>(request);
  if (!reply)
    return reply.error();
  return print("crashed " + options.path
               + "; 'apogee supervision log' tells what followed\n");
}

} // namespace

void add_supervision_commands(CLI::App& app, command_action& chosen) {
  auto* supervision = add_command(
    app, "supervision", "See a node's actors, what failed and what was done",
    {"apogee supervision tree", "apogee supervision log -f"});
  supervision->require_subcommand(1);
  const auto options = std::make_shared<supervision_options>();
  const auto add = [&](const std::string& name, const std::string& sentence,
                       const std::vector<std::string>& examples,
                       result<void> (*run)(const supervision_options&)) {
    auto* command = add_command(*supervision, name, sentence, examples);
    add_target_options(*command, options->target, target_kind::nameserver);
    add_timeout_option(*command, options->target);
    command
      ->add_option("--node,--broker,-b", options->node,
                   "Native address of the node to ask; the one at the "
                   "nameserver's address unless given")
      ->type_name("HOST:PORT");
    command->callback(
      [&chosen, options, run] { chosen = [=] { return run(*options); }; });
    return command;
  };
  add("tree", "Draw the supervision tree: state, restarts, uptime",
      {"apogee supervision tree",
       "apogee supervision tree --node 127.0.0.1:9875"},
      show_tree)
    ->add_flag("--json", options->as_json, "Print JSON");
  auto* log = add("log", "Print the newest events of the supervision log",
                  {"apogee supervision log --count 20",
                   "apogee supervision log --follow --json"},
                  show_log);
  log
    ->add_option("--count,-c", options->count,
                 "How many events; 100 unless given")
    ->type_name("N")
    ->check(whole_number(1, events_max));
  log->add_flag("--follow,-f", options->is_following,
                "Go on with those that come, until Ctrl-C");
  log->add_flag("--json", options->as_json, "Print a JSON object per line");
  add("watch", "Redraw the tree and the newest events every second",
      {"apogee supervision watch"}, watch);
  add("crash", "Make an actor fail, where '[drills] enabled = true' allows it",
      {"apogee supervision crash node/storage/flush_service"}, crash)
    ->add_option("path", options->path,
                 "Place of the actor in the tree, as 'supervision tree' has it")
    ->required()
    ->type_name("PATH");
}

} // namespace apogee::cli
