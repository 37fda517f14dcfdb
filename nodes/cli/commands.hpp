#pragma once

#include "messages/errors.hpp"
#include "nodes/cli/session.hpp"

#include <CLI/App.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// What the files of the subcommands share.
namespace apogee::cli {

/// What the command line told to do; set while it is parsed.
using command_action = std::function<result<void>()>;

/// Adds a subcommand. `examples` are shown below its help, one on each line.
CLI::App* add_command(CLI::App& parent, const std::string& name,
                      const std::string& sentence,
                      const std::vector<std::string>& examples);

/// A rule for an option: a whole number in these bounds.
std::function<std::string(const std::string&)> whole_number(std::uint64_t low,
                                                            std::uint64_t high);

/// A rule for an option: one of these words.
std::function<std::string(const std::string&)>
one_of(std::vector<std::string> words);

/// "1 queue", "2 queues".
std::string counted(std::uint64_t count, const std::string& noun);

/// Adds an option that may be repeated; each time the word behind it counts.
CLI::Option* add_repeatable_option(CLI::App& command, const std::string& name,
                                   std::vector<std::string>& values,
                                   const std::string& sentence);

/// Adds the last arguments of a command: any number of words.
CLI::Option* add_words(CLI::App& command, const std::string& name,
                       std::vector<std::string>& words,
                       const std::string& sentence);

/// Which of a command's targets can be named.
enum class target_kind { nameserver, nameserver_or_broker };

/// Adds --nameserver and, for commands of brokers, --broker.
void add_target_options(CLI::App& command, target_options& target,
                        target_kind kind);

/// Adds --timeout: how long to wait for each answer.
void add_timeout_option(CLI::App& command, target_options& target);

// Each adds its subcommands to `app`; parsing one of them sets `chosen`.
void add_topic_commands(CLI::App& app, command_action& chosen);
void add_group_commands(CLI::App& app, command_action& chosen);
void add_broker_commands(CLI::App& app, command_action& chosen);
void add_send_command(CLI::App& app, command_action& chosen);
void add_consume_command(CLI::App& app, command_action& chosen);
void add_status_command(CLI::App& app, command_action& chosen);
void add_supervision_commands(CLI::App& app, command_action& chosen);
void add_bench_commands(CLI::App& app, command_action& chosen);
void add_config_commands(CLI::App& app, command_action& chosen);

/// Writes all of it to the standard output. Fails with errc::io_error, for
/// example when the disk behind it is full.
result<void> print(std::string_view text);

/// Writes a line to the standard error output.
void print_note(std::string_view text);

/// Asks a question on the terminal; true for yes. Without a terminal it is
/// not asked and true.
bool is_confirmed(const std::string& question);

/// Milliseconds since 1970.
std::int64_t wall_clock_ms();

} // namespace apogee::cli
