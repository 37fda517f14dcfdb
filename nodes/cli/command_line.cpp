#include "nodes/cli/command_line.hpp"

#include "config/nearest.hpp"
#include "nodes/cli/commands.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <exception>
#include <sstream>

namespace apogee::cli {

namespace {

constexpr auto description =
  "Apogee is a message broker: programs send messages to topics, groups of\n"
  "programs consume them. This command runs a node and works with running "
  "ones.";

constexpr auto first_steps = R"(First steps:
  apogee standalone --data data          # runs a node until Ctrl-C
  apogee topic create greetings          # in another terminal
  apogee send greetings "hello, world"
  apogee consume greetings --from earliest
  apogee status

'apogee COMMAND --help' explains a command with examples.)";

constexpr auto standalone_options = R"(Settings:
  --data DIR              Folder of messages and state; created when missing
                          (default: data)
  --nameserver-port PORT  For RocketMQ clients' name service (default: 9876)
  --broker-port PORT      For RocketMQ clients' messages (default: 10911)
  --native-port PORT      For C++ clients and this command (default: one below
                          the nameserver's, 9875)
  --config-file=FILE      Read settings from a file; 'apogee config check FILE'
                          tells its mistakes
  --section.key=VALUE     Any setting; 'apogee config explain' lists them

A port of 0 takes any free one. When the node serves, it prints one line:
  ready nameserver=HOST:PORT broker=HOST:PORT native=HOST:PORT pid=N
SIGTERM or Ctrl-C stops it in order; a second one at once.

Examples:
  apogee standalone --data /var/lib/apogee
  apogee standalone --data data --nameserver-port 0 --broker-port 0
  apogee standalone --config-file=node.ini --drills.enabled=true)";

std::unique_ptr<CLI::App> make_app(command_action& chosen) {
  auto app = std::make_unique<CLI::App>(description, "apogee");
  app->footer(first_steps);
  app->require_subcommand(1);
  app->set_version_flag("--version", "apogee " APOGEE_VERSION,
                        "Print the version");
  app->set_help_flag("--help,-h", "Explain a command");
  app
    ->add_subcommand("standalone",
                     "Run a whole node, nameserver and broker, in this process")
    ->footer(standalone_options);
  add_topic_commands(*app, chosen);
  add_group_commands(*app, chosen);
  add_broker_commands(*app, chosen);
  add_send_command(*app, chosen);
  add_consume_command(*app, chosen);
  add_status_command(*app, chosen);
  add_supervision_commands(*app, chosen);
  add_bench_commands(*app, chosen);
  add_config_commands(*app, chosen);
  return app;
}

std::string quoted_hint(const std::string& meant) {
  return meant.empty() ? std::string{} : "; did you mean '" + meant + "'?";
}

/// The subcommand that the arguments lead to, and the first word that should
/// be a subcommand and is none.
struct command_path {
  const CLI::App* command;
  std::string unknown;
};

command_path follow(const CLI::App& app,
                    const std::vector<std::string>& arguments) {
  command_path out{&app, {}};
  for (const auto& argument : arguments) {
    const auto children =
      out.command->get_subcommands([](const CLI::App*) { return true; });
    if (children.empty() || argument.empty() || argument[0] == '-')
      break;
    const auto found =
      std::find_if(children.begin(), children.end(), [&](const auto* child) {
        return child->check_name(argument);
      });
    if (found == children.end()) {
      out.unknown = argument;
      break;
    }
    out.command = *found;
  }
  return out;
}

std::string full_name(const CLI::App* command) {
  std::string out = command->get_name();
  for (auto* parent = command->get_parent(); parent != nullptr;
       parent = parent->get_parent())
    out = parent->get_name() + " " + out;
  return out;
}

std::string help_of(const CLI::App* command) {
  const auto* parent = command->get_parent();
  return command->help(parent == nullptr ? "" : full_name(parent));
}

std::vector<std::string> commands_of(const CLI::App* command) {
  std::vector<std::string> out;
  for (const auto* child :
       command->get_subcommands([](const CLI::App*) { return true; }))
    out.push_back(child->get_name());
  return out;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string unknown_command(const command_path& path) {
  const auto names = commands_of(path.command);
  const auto meant = config::nearest(path.unknown, names);
  return "'" + path.unknown + "' is no command of '" + full_name(path.command)
         + "'"
         + (meant.empty() ? "; there are " + listed(names)
                          : quoted_hint(meant));
}

/// CLI11's words for what could not be parsed, made one line with a next step.
std::string parse_problem(const CLI::ParseError& error, const CLI::App* command,
                          const std::vector<std::string>& arguments) {
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::string meant;
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    std::vector<std::string> names;
    for (const auto* option : command->get_options())
      for (const auto& name : option->get_lnames())
        names.push_back("--" + name);
    for (const auto& argument : arguments) {
      const auto name = argument.substr(0, argument.find('='));
      if (!name.starts_with("--")
          || std::find(names.begin(), names.end(), name) != names.end())
        continue;
      text = "there is no option " + name;
      meant = config::nearest(name, names);
      break;
    }
  }
  return text + quoted_hint(meant) + " ('" + full_name(command)
         + " --help' explains)";
}

int usage_error(const std::string& text) {
  print_note("apogee: " + text);
  return exit_usage;
}

int report(const failure& why) {
  const auto text =
    why.text.empty() ? std::string{to_string(why.code)} : why.text;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    print_note("apogee: " + line);
  return exit_failed;
}

bool is_help(const std::string& argument) {
  return argument == "--help" || argument == "-h";
}

int run(const std::vector<std::string>& arguments,
        const standalone_function& standalone) {
  command_action chosen;
  const auto app = make_app(chosen);
  if (arguments.empty()) {
    print_note(app->help());
    return exit_usage;
  }
  // Its settings are the node's own matter.
  if (arguments.front() == "standalone"
      && std::none_of(arguments.begin(), arguments.end(), is_help))
    return standalone({arguments.begin() + 1, arguments.end()});
  const auto path = follow(*app, arguments);
  if (!path.unknown.empty())
    return usage_error(unknown_command(path));
  if (const auto names = commands_of(path.command);
      !names.empty() && !arguments.back().starts_with('-'))
    return usage_error("'" + full_name(path.command)
                       + "' needs one of: " + listed(names));
  try {
    auto reversed = arguments;
    std::reverse(reversed.begin(), reversed.end());
    app->parse(std::move(reversed));
  } catch (const CLI::CallForVersion& version) {
    return print(std::string{version.what()} + "\n") ? exit_ok : exit_failed;
  } catch (const CLI::Success&) {
    return print(help_of(path.command)) ? exit_ok : exit_failed;
  } catch (const CLI::ParseError& error) {
    return usage_error(parse_problem(error, path.command, arguments));
  }
  if (!chosen)
    return usage_error("no command is given ('" + full_name(path.command)
                       + " --help' lists them)");
  const auto done = chosen();
  return done ? exit_ok : report(done.error());
}

} // namespace

int run_command_line(const std::vector<std::string>& arguments,
                     const standalone_function& standalone) {
  try {
    return run(arguments, standalone);
  } catch (const std::exception& error) {
    return report({errc::crashed, std::string{"unexpected: "} + error.what()});
  }
}

} // namespace apogee::cli
