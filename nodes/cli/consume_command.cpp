#include "nodes/cli/consume_options.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

namespace apogee::cli {

namespace {

result<void> run(const consume_options& options) {
  const auto format = message_format::parse(options.format);
  if (!format)
    return format.error();
  interruption user;
  session nodes{options.target};
  const auto nameserver = nodes.find_topic(options.topic);
  if (!nameserver)
    return nameserver.error();
  message_printer printer{*format, options.as_json};
  return options.group.empty()
           ? consume_queues(options, printer, nodes, *nameserver, user)
           : consume_group(options, printer, nodes, *nameserver, user);
}

} // namespace

result<void> reading_limit::outcome(bool is_interrupted) const {
  if (options_.count == 0 || is_count_reached() || is_interrupted)
    return {};
  return {
    errc::timeout,
    "only " + std::to_string(messages_) + " of "
      + std::to_string(options_.count) + " messages were there"
      + (options_.is_following ? "" : "; --follow waits for those that come")};
}

void add_consume_command(CLI::App& app, command_action& chosen) {
  auto* command = add_command(
    app, "consume", "Print messages: those that are there, or as they come",
    {"apogee consume orders --from earliest",
     "apogee consume orders --group billing --follow",
     "apogee consume orders --follow --format '%s %q:%o %t %b\\n'",
     "apogee consume orders --count 10 --json",
     "apogee consume orders --tags 'paid || shipped'",
     "apogee consume orders --sql \"price > 10 AND region IS NOT NULL\"",
     "apogee consume orders --from 2024-05-01T12:00:00Z", "",
     "Formats: %b body, %k keys, %t tag, %q queue, %o offset, %T topic,",
     "  %B broker, %s store time, %p properties, %n newline, %% percent sign",
     "",
     "Messages of one queue come in order. A topic with one queue keeps the",
     "order of a file that was sent line by line."});
  const auto options = std::make_shared<consume_options>();
  command->add_option("topic", options->topic, "What to read")
    ->required()
    ->type_name("TOPIC");
  command
    ->add_option("--group,-g", options->group,
                 "Read as a member of this group, which shares the messages "
                 "and goes on where it stopped")
    ->type_name("GROUP");
  command
    ->add_option_function<std::string>(
      "--from",
      [options](const std::string& text) {
        options->from = *parse_start_point(text);
      },
      "Where to start: earliest (the default), latest (the default of "
      "--follow), or the first message stored at a time; of a group, when it "
      "has not read the topic before")
    ->type_name("earliest|latest|TIME")
    ->check([](const std::string& text) {
      const auto parsed = parse_start_point(text);
      return parsed ? std::string{} : parsed.error().text;
    });
  const auto set_filter = [options](client::message_filter::kind type) {
    return [options, type](const std::string& text) {
      options->filter = {text, type};
    };
  };
  auto* tags = command->add_option_function<std::string>(
    "--tags", set_filter(client::message_filter::kind::tags),
    "Only messages with one of these tags, joined by ||");
  tags->type_name("TAGS");
  command
    ->add_option_function<std::string>(
      "--sql", set_filter(client::message_filter::kind::sql),
      "Only messages whose properties fulfil this SQL92 condition")
    ->type_name("CONDITION")
    ->excludes(tags);
  command->add_flag("--follow,-f", options->is_following,
                    "Wait for more, until Ctrl-C");
  command->add_option("--count,-c", options->count, "End after N messages")
    ->type_name("N")
    ->check(whole_number(1, UINT64_MAX));
  auto* format =
    command->add_option("--format", options->format,
                        "How to print a message; '%b\\n' unless given");
  format->type_name("FORMAT")->check([](const std::string& text) {
    const auto parsed = message_format::parse(text);
    return parsed ? std::string{} : parsed.error().text;
  });
  command
    ->add_flag("--json,-j", options->as_json,
               "Print a JSON object per line; a body that is not UTF-8 is "
               "given in base64")
    ->excludes(format);
  command
    ->add_option_function<std::uint32_t>(
      "--timeout",
      [options](std::uint32_t seconds) {
        options->silence_max = std::chrono::seconds{seconds};
      },
      "End when no message came for so many seconds")
    ->type_name("SECONDS")
    ->check(whole_number(1, 86'400));
  add_target_options(*command, options->target, target_kind::nameserver);
  command->callback(
    [&chosen, options] { chosen = [=] { return run(*options); }; });
}

} // namespace apogee::cli
