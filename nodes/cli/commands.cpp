#include "nodes/cli/commands.hpp"

#include "nodes/cli/quantity_text.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace apogee::cli {

CLI::App* add_command(CLI::App& parent, const std::string& name,
                      const std::string& sentence,
                      const std::vector<std::string>& examples) {
  auto* command = parent.add_subcommand(name, sentence);
  std::string footer = examples.size() > 1 ? "Examples:" : "Example:";
  for (const auto& example : examples)
    footer += example.empty() ? "\n" : "\n  " + example;
  if (!examples.empty())
    command->footer(footer);
  return command;
}

std::function<std::string(const std::string&)>
whole_number(std::uint64_t low, std::uint64_t high) {
  return [low, high](const std::string& text) -> std::string {
    std::uint64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc{} && rest == end && value >= low && value <= high)
      return {};
    return "'" + text + "' is not a whole number from " + std::to_string(low)
           + " to " + std::to_string(high);
  };
}

std::function<std::string(const std::string&)>
one_of(std::vector<std::string> words) {
  return [words = std::move(words)](const std::string& text) -> std::string {
    std::string all;
    for (const auto& word : words) {
      if (word == text)
        return {};
      all += (all.empty() ? "" : ", ") + word;
    }
    return "'" + text + "' is none of " + all;
  };
}

std::string counted(std::uint64_t count, const std::string& noun) {
  return count_text(count) + " " + noun + (count == 1 ? "" : "s");
}

// Left alone, CLI11 gives an option with many values all words that follow, and
// makes a list of a word in brackets: "[1,2]" would become "1" and "2".

namespace {

CLI::Option* take_one_word_at_a_time(CLI::Option* option) {
  return option->expected(1)->allow_extra_args(false)->multi_option_policy(
    CLI::MultiOptionPolicy::TakeAll);
}

} // namespace

CLI::Option* add_repeatable_option(CLI::App& command, const std::string& name,
                                   std::vector<std::string>& values,
                                   const std::string& sentence) {
  return take_one_word_at_a_time(command.add_option(name, values, sentence));
}

CLI::Option* add_words(CLI::App& command, const std::string& name,
                       std::vector<std::string>& words,
                       const std::string& sentence) {
  // CLI11 takes words as long as they are fewer than it expects at least.
  constexpr int any_number = CLI::detail::expected_max_vector_size;
  return command.add_option(name, words, sentence)
    ->expected(any_number, any_number)
    ->allow_extra_args(false)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_target_options(CLI::App& command, target_options& target,
                        target_kind kind) {
  const auto is_address = [](const std::string& text) {
    const auto address = parse_address(text);
    return address ? std::string{} : address.error().text;
  };
  // Commands share their target, and CLI11 gives the variable's value to those
  // as well that were not called.
  const auto take = [&command,
                     &target](const std::vector<std::string>& addresses) {
    if (command.parsed())
      target.nameservers = addresses;
  };
  take_one_word_at_a_time(
    command.add_option_function<std::vector<std::string>>(
      "--nameserver,-n", take,
      "Native address of a nameserver, or several: tried in turn. Default: "
        + default_nameserver()))
    ->envname("APOGEE_NAMESERVER")
    ->type_name("HOST:PORT")
    ->delimiter(',')
    ->check(is_address);
  if (kind == target_kind::nameserver_or_broker)
    command
      .add_option("--broker,-b", target.broker,
                  "Native address of one broker, instead of all that the "
                  "nameserver knows")
      ->type_name("HOST:PORT")
      ->check(is_address);
}

void add_timeout_option(CLI::App& command, target_options& target) {
  command
    .add_option_function<std::uint32_t>(
      "--timeout",
      [&target](std::uint32_t seconds) {
        target.timeout = std::chrono::seconds{seconds};
      },
      "Seconds to wait for each answer of a node; 5 unless given")
    ->type_name("SECONDS")
    ->check(whole_number(1, 3600));
}

result<void> print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()
      && std::fflush(stdout) == 0)
    return {};
  return {errc::io_error, "writing to the standard output failed: "
                            + std::generic_category().message(errno)};
}

void print_note(std::string_view text) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

bool is_confirmed(const std::string& question) {
  if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
    return true;
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::string answer;
  return std::getline(std::cin, answer) && !answer.empty()
         && (answer[0] == 'y' || answer[0] == 'Y');
}

std::int64_t wall_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch())
    .count();
}

} // namespace apogee::cli
