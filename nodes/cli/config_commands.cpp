#include "config/explain.hpp"
#include "config/load.hpp"
#include "nodes/cli/commands.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

namespace apogee::cli {

namespace {

struct config_options {
  std::string program = "standalone";
  std::string file;
  std::string name;
  CLI::App* show = nullptr;
};

template <class Config>
result<void> check_file(const std::string& file) {
  const auto loaded = config::load<Config>({"--config-file=" + file});
  if (!loaded)
    return loaded.error();
  return {};
}

result<void> check(const config_options& options) {
  auto checked = options.program == "nameserver"
                   ? check_file<config::nameserver_config>(options.file)
                 : options.program == "broker"
                   ? check_file<config::broker_config>(options.file)
                   : check_file<config::standalone_config>(options.file);
  if (!checked)
    return checked;
  return print(options.file + " is a correct configuration of a "
               + options.program + "\n");
}

template <class Config>
result<std::vector<config::setting_words>>
settings_in_force(const std::vector<std::string>& arguments) {
  const auto loaded = config::load<Config>(arguments);
  if (!loaded)
    return loaded.error();
  if (!loaded->rest.empty())
    return {errc::invalid_argument,
            "'" + loaded->rest.front()
              + "' is no setting; write --section.key=value"};
  return loaded->words;
}

result<void> show(const config_options& options) {
  auto arguments = options.show->remaining();
  if (!options.file.empty())
    arguments.insert(arguments.begin(), "--config-file=" + options.file);
  const auto settings =
    options.program == "nameserver"
      ? settings_in_force<config::nameserver_config>(arguments)
    : options.program == "broker"
      ? settings_in_force<config::broker_config>(arguments)
      : settings_in_force<config::standalone_config>(arguments);
  if (!settings)
    return settings.error();
  return print(config::show(*settings));
}

result<void> explain(const config_options& options) {
  const auto settings = options.program == "nameserver"
                          ? config::defaults_of<config::nameserver_config>()
                        : options.program == "broker"
                          ? config::defaults_of<config::broker_config>()
                          : config::defaults_of<config::standalone_config>();
  const auto selected = config::select(settings, options.name);
  if (!selected.empty())
    return print(config::explain(selected));
  const auto meant = config::nearest_setting(settings, options.name);
  return {errc::invalid_argument,
          "there is no setting or section '" + options.name + "' of a "
            + options.program
            + (meant.empty() ? "; 'apogee config explain' lists all"
                             : "; did you mean '" + meant + "'?")};
}

} // namespace

void add_config_commands(CLI::App& app, command_action& chosen) {
  auto* config =
    add_command(app, "config", "Check, show and explain configurations",
                {"apogee config check broker.ini --for broker",
                 "apogee config explain storage.segment-size"});
  config->require_subcommand(1);
  const auto options = std::make_shared<config_options>();
  const auto add = [&](const std::string& name, const std::string& sentence,
                       const std::vector<std::string>& examples,
                       result<void> (*run)(const config_options&)) {
    auto* command = add_command(*config, name, sentence, examples);
    command
      ->add_option("--for", options->program,
                   "Which program reads it; standalone unless given")
      ->type_name("PROGRAM")
      ->check(one_of({"standalone", "nameserver", "broker"}));
    command->callback(
      [&chosen, options, run] { chosen = [=] { return run(*options); }; });
    return command;
  };
  add("check", "Tell every mistake of a configuration file at once",
      {"apogee config check node.ini",
       "apogee config check broker.ini --for broker"},
      check)
    ->add_option("file", options->file, "The file")
    ->required()
    ->type_name("FILE");
  options->show =
    add("show", "Show every setting, its value in force and its origin",
        {"apogee config show",
         "apogee config show --config-file node.ini --broker.port=0"},
        show);
  options->show->allow_extras();
  options->show
    ->add_option("--config-file,-f", options->file,
                 "Configuration file to read")
    ->type_name("FILE");
  add("explain", "Explain a setting, a section, or all of them",
      {"apogee config explain", "apogee config explain storage",
       "apogee config explain broker.port --for broker"},
      explain)
    ->add_option("name", options->name, "A section or section.key")
    ->type_name("SECTION[.KEY]");
}

} // namespace apogee::cli
