#include "actors/client/producer.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/interruption.hpp"
#include "nodes/cli/line_reader.hpp"
#include "nodes/cli/progress.hpp"
#include "nodes/cli/quantity_text.hpp"
#include "nodes/cli/send_report.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace apogee::cli {

namespace {

/// The largest that a broker can be told to take; its own limit may be lower.
constexpr std::size_t message_bytes_max = std::size_t{16} << 20;
constexpr std::size_t in_flight_bytes_max = std::size_t{32} << 20;

/// Lines between two looks at the progress.
constexpr std::uint64_t lines_per_update = 1024;

struct send_options {
  target_options target;
  std::string topic;
  std::vector<std::string> messages;
  std::string file;
  std::vector<std::string> keys;
  std::string tag;
  std::vector<std::string> properties;
  std::string ack = "memory";
  bool is_one_way = false;
  std::string ordered_key;
};

/// An open file, or the standard input.
class input_file {
public:
  explicit input_file(const std::string& path)
    : is_stdin_(path.empty() || path == "-"),
      descriptor_(is_stdin_ ? STDIN_FILENO
                            : open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      error_(errno) {}

  ~input_file() {
    if (!is_stdin_ && descriptor_ >= 0)
      close(descriptor_);
  }

  input_file(const input_file&) = delete;
  input_file& operator=(const input_file&) = delete;

  int descriptor() const { return descriptor_; }

  bool is_terminal() const { return isatty(descriptor_) == 1; }

  int error() const { return descriptor_ < 0 ? error_ : 0; }

  /// None for a pipe or a terminal.
  std::optional<std::uint64_t> size_bytes() const {
    struct stat about {};

    if (fstat(descriptor_, &about) != 0 || !S_ISREG(about.st_mode))
      return {};
    return static_cast<std::uint64_t>(about.st_size);
  }

private:
  bool is_stdin_;
  int descriptor_;
  int error_;
};

client::message message_template(const send_options& options) {
  client::message out;
  out.topic = options.topic;
  out.tag = options.tag;
  out.keys = options.keys;
  out.shard_key = options.ordered_key;
  for (const auto& property : options.properties) {
    const auto equals = property.find('=');
    out.properties.emplace_back(property.substr(0, equals),
                                property.substr(equals + 1));
  }
  return out;
}

std::string summary(const send_report& report, bool is_one_way,
                    std::chrono::steady_clock::time_point start) {
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
    std::chrono::steady_clock::now() - start);
  // Nobody acknowledges one-way messages.
  const auto sent =
    is_one_way ? report.messages() - report.failures() : report.acknowledged();
  const auto seconds =
    std::max(0.001, static_cast<double>(elapsed.count()) / 1000);
  return fmt::format("sent {} message{}, {}, in {}: {} messages/s, {} retried",
                     count_text(sent), sent == 1 ? "" : "s",
                     size_text(report.bytes()), duration_text(elapsed.count()),
                     rate_text(static_cast<double>(sent) / seconds),
                     count_text(report.retried()));
}

result<void> finish(const send_report& report, bool is_one_way,
                    const std::string& unit,
                    std::chrono::steady_clock::time_point start) {
  if (auto printed = print(summary(report, is_one_way, start) + "\n"); !printed)
    return printed;
  if (report.failures() == 0)
    return {};
  return {errc::io_error,
          report.failures_text(unit) + count_text(report.failures()) + " of "
            + count_text(report.messages())
            + " messages were not acknowledged; after a time-out a message "
              "may be stored all the same"};
}

failure interrupted(const std::string& unit, std::uint64_t number) {
  return {errc::closed, "interrupted: what is behind " + unit + " "
                          + std::to_string(number) + " was not sent"};
}

/// Messages of the command line, one after the other.
result<void> send_arguments(client::producer& producer,
                            const send_options& options,
                            const interruption& user) {
  const auto start = std::chrono::steady_clock::now();
  send_report report;
  auto msg = message_template(options);
  std::uint64_t number = 0;
  for (const auto& body : options.messages) {
    if (user.is_requested())
      break;
    msg.body = body;
    ++number;
    report.accepted(body.size());
    if (options.is_one_way) {
      if (auto sent = producer.send_oneway(msg); !sent)
        report.failed(number, sent.error());
      continue;
    }
    const auto receipt = producer.send(msg);
    report.answered(number, receipt);
    if (!receipt)
      continue;
    if (auto printed = print(fmt::format(
          "stored in {} queue {} at offset {} of {}\n", receipt->topic,
          receipt->queue, receipt->offset.value, receipt->broker));
        !printed)
      return printed;
  }
  producer.flush();
  producer.stop(); // no answer comes any more
  if (auto finished = finish(report, options.is_one_way, "message", start);
      !finished)
    return finished;
  if (number < options.messages.size())
    return interrupted("message", number);
  return {};
}

/// Sends one line, without waiting for its answer.
void send_line(client::producer& producer, client::message& msg,
               std::string_view line, std::uint64_t number, bool is_one_way,
               send_report& report) {
  msg.body = line;
  report.accepted(line.size());
  if (!is_one_way) {
    producer.send_async(
      msg, [number, &report](const result<client::receipt>& outcome) {
        report.answered(number, outcome);
      });
  } else if (auto sent = producer.send_oneway(msg); !sent) {
    report.failed(number, sent.error());
  }
}

result<void> send_lines(client::producer& producer, const send_options& options,
                        const input_file& input, interruption& user) {
  const auto start = std::chrono::steady_clock::now();
  if (input.is_terminal())
    print_note("one message per line; Ctrl-D ends");
  send_report report;
  progress_display display;
  progress_state progress;
  progress.bytes_total = input.size_bytes();
  auto msg = message_template(options);
  line_reader lines{input.descriptor(), message_bytes_max, user.descriptor()};
  failure reading;
  while (!user.is_requested()) {
    const auto line = lines.next();
    if (!line) {
      reading = line.error();
      break;
    }
    if (!*line)
      break;
    send_line(producer, msg, **line, lines.line_number(), options.is_one_way,
              report);
    if (lines.line_number() % lines_per_update == 0) {
      progress.messages = report.messages();
      progress.bytes = lines.bytes_read();
      display.update(progress);
    }
  }
  producer.flush();
  producer.stop(); // no answer comes any more
  display.clear();
  if (auto finished = finish(report, options.is_one_way, "line", start);
      !finished)
    return finished;
  if (reading.code != errc::none)
    return reading;
  if (user.is_requested())
    return interrupted("line", lines.line_number());
  return {};
}

result<void> run(const send_options& options) {
  const input_file input{options.file};
  if (input.error() != 0)
    return {errc::not_found,
            "cannot open '" + options.file
              + "': " + std::generic_category().message(input.error())};
  interruption user;
  session nodes{options.target};
  const auto nameserver = nodes.find_topic(options.topic);
  if (!nameserver)
    return nameserver.error();
  client::producer_settings settings;
  settings.nameservers = {*nameserver};
  settings.ack = options.ack == "disk" ? ack_level::disk : ack_level::memory;
  settings.send_timeout = options.target.timeout;
  settings.message_size_max = message_bytes_max;
  settings.in_flight_bytes_max = in_flight_bytes_max;
  auto producer = client::spawn_producer(nodes.system(), settings);
  auto done = options.messages.empty()
                ? send_lines(producer, options, input, user)
                : send_arguments(producer, options, user);
  producer.stop();
  return done;
}

} // namespace

void add_send_command(CLI::App& app, command_action& chosen) {
  auto* command = add_command(
    app, "send", "Send messages: arguments, or the lines of a file",
    {"apogee send greetings \"hello, world\"",
     "apogee send logs --file /var/log/dpkg.log --tag dpkg",
     "tail -f app.log | apogee send logs --key app-1 --ack disk",
     "apogee send orders --ordered-key customer-7 --property source=web new"});
  const auto options = std::make_shared<send_options>();
  command->add_option("topic", options->topic, "Where to send")
    ->required()
    ->type_name("TOPIC");
  auto* messages = add_words(
    *command, "message", options->messages,
    "A message for each word; without any, each line of the input is one");
  messages->type_name("MESSAGE");
  command
    ->add_option("--file,-f", options->file,
                 "Send each line of this file, without its newline; - is the "
                 "standard input, the default")
    ->type_name("FILE")
    ->excludes(messages);
  add_repeatable_option(*command, "--key,-k", options->keys,
                        "Key to find the messages by; may be repeated")
    ->type_name("KEY");
  command->add_option("--tag,-t", options->tag, "Tag to filter by")
    ->type_name("TAG");
  add_repeatable_option(*command, "--property,-p", options->properties,
                        "A property; may be repeated")
    ->type_name("NAME=VALUE")
    ->check([](const std::string& text) {
      const auto equals = text.find('=');
      return equals == std::string::npos || equals == 0
               ? "'" + text + "' is not NAME=VALUE"
               : std::string{};
    });
  auto* ack = command
                ->add_option("--ack,-a", options->ack,
                             "When a message counts as stored: memory (safe "
                             "from kill -9, the default) or disk (safe from "
                             "power loss)")
                ->type_name("memory|disk")
                ->check(one_of({"memory", "disk"}));
  command
    ->add_flag("--one-way", options->is_one_way, "Do not look at the answers")
    ->excludes(ack);
  command
    ->add_option("--ordered-key", options->ordered_key,
                 "All messages with the same one go to the same queue and "
                 "keep their order")
    ->type_name("KEY");
  add_target_options(*command, options->target, target_kind::nameserver);
  add_timeout_option(*command, options->target);
  command->callback(
    [&chosen, options] { chosen = [=] { return run(*options); }; });
}

} // namespace apogee::cli
