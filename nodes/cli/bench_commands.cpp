#include "nodes/cli/bench_load.hpp"
#include "nodes/cli/bench_reading.hpp"
#include "nodes/cli/bench_result.hpp"
#include "nodes/cli/commands.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <optional>
#include <unistd.h>

namespace apogee::cli {

namespace {

constexpr std::uint64_t backlog_messages_default = 500'000;
constexpr double end_to_end_rate_default = 20'000;
constexpr std::size_t backlog_in_flight = 10'000;

struct bench_options {
  target_options target;
  std::string topic;
  std::uint32_t queues = 8;
  load_options load;
  std::uint32_t seconds = 10;
  std::string ack = "memory";
  bool as_json = false;
};

result<void>
ask_admin(session& nodes,
          const std::function<result<void>(node_connection&)>& ask) {
  return nodes.for_each_broker(
    "admin", errc::none,
    [&](node_connection& admin, const broker_address&) { return ask(admin); });
}

/// The topic that a benchmark uses: one that the user names, or a new one
/// that is deleted afterwards.
class bench_topic {
public:
  bench_topic(session& nodes, const bench_options& options)
    : nodes_(nodes), is_own_(options.topic.empty()),
      name_(is_own_ ? "apogee-bench-" + std::to_string(getpid()) + "-"
                        + std::to_string(wall_clock_ms())
                    : options.topic),
      queues_(options.queues) {}

  ~bench_topic() {
    if (!is_created_)
      return;
    const auto request =
      envelope<schema::TopicDelete>::build([&](auto b) { b.setName(name_); });
    const auto deleted =
      ask_admin(nodes_, [&](node_connection& admin) -> result<void> {
        const auto reply = admin.ask<schema::TopicList>(request);
        return reply ? result<void>{} : result<void>{reply.error()};
      });
    if (!deleted)
      print_note("topic " + name_
                 + " was not deleted: " + deleted.error().text);
  }

  bench_topic(const bench_topic&) = delete;
  bench_topic& operator=(const bench_topic&) = delete;

  /// Returns the address of a nameserver that knows the topic.
  result<std::string> prepare() {
    if (is_own_) {
      const auto request = envelope<schema::TopicCreate>::build([&](auto b) {
        b.setName(name_);
        b.setQueues(queues_);
      });
      auto created =
        ask_admin(nodes_, [&](node_connection& admin) -> result<void> {
          const auto reply = admin.ask<schema::TopicList>(request);
          if (!reply)
            return reply.error();
          is_created_ = true;
          return {};
        });
      if (!created)
        return created.error();
      return nodes_.find_new_topic(name_);
    }
    return nodes_.find_topic(name_);
  }

  const std::string& name() const { return name_; }

private:
  session& nodes_;
  bool is_own_;
  bool is_created_ = false;
  std::string name_;
  std::uint32_t queues_;
};

load_options load_of(const bench_options& options, const std::string& topic,
                     const std::string& nameserver) {
  auto out = options.load;
  out.topic = topic;
  out.duration = std::chrono::seconds{options.seconds};
  out.producer.nameservers = {nameserver};
  out.producer.ack =
    options.ack == "disk" ? ack_level::disk : ack_level::memory;
  out.producer.send_timeout = options.target.timeout;
  return out;
}

result<void> show(const bench_options& options, const bench_result& result) {
  auto printed =
    print(options.as_json ? bench_json(result) : bench_text(result));
  if (!printed || result.failures == 0)
    return printed;
  return {result.first_failure.code,
          std::to_string(result.failures)
            + " messages were not acknowledged, the first: "
            + result.first_failure.text};
}

result<void> bench_send(const bench_options& options) {
  const interruption user;
  session nodes{options.target};
  bench_topic topic{nodes, options};
  const auto nameserver = topic.prepare();
  if (!nameserver)
    return nameserver.error();
  return show(options,
              run_load(nodes.system(),
                       load_of(options, topic.name(), *nameserver), user));
}

result<void> bench_consume(const bench_options& options) {
  const interruption user;
  session nodes{options.target};
  bench_topic topic{nodes, options};
  const auto nameserver = topic.prepare();
  if (!nameserver)
    return nameserver.error();
  if (options.topic.empty()) {
    auto load = load_of(options, topic.name(), *nameserver);
    load.in_flight_max = backlog_in_flight;
    if (load.messages == 0)
      load.messages = backlog_messages_default;
    if (auto shown = show(options, run_load(nodes.system(), load, user));
        !shown)
      return shown;
  }
  const auto drained =
    run_drain(nodes.system(), {*nameserver}, topic.name(), user);
  if (!drained)
    return drained.error();
  return show(options, *drained);
}

result<void> bench_end_to_end(const bench_options& options) {
  const interruption user;
  session nodes{options.target};
  bench_topic topic{nodes, options};
  const auto nameserver = topic.prepare();
  if (!nameserver)
    return nameserver.error();
  auto load = load_of(options, topic.name(), *nameserver);
  if (load.rate == 0)
    load.rate = end_to_end_rate_default;
  const auto measured = run_end_to_end(nodes.system(), load, user);
  if (!measured)
    return measured.error();
  return show(options, *measured);
}

void add_load_options(CLI::App& command, bench_options& options) {
  auto* messages = command
                     .add_option("--messages,-m", options.load.messages,
                                 "How many messages, of all producers")
                     ->type_name("N")
                     ->check(whole_number(1, UINT64_MAX));
  command
    .add_option("--seconds,-s", options.seconds,
                "For how long, instead; 10 unless given")
    ->type_name("S")
    ->check(whole_number(1, 86'400))
    ->excludes(messages);
  command
    .add_option("--size", options.load.body_bytes,
                "Bytes of a body; 1024 unless given")
    ->type_name("BYTES")
    ->check(whole_number(8, 16 << 20));
  command
    .add_option("--producers", options.load.producers,
                "Producers, each with a thread; 1 unless given")
    ->type_name("N")
    ->check(whole_number(1, 1000));
  command
    .add_option("--in-flight", options.load.in_flight_max,
                "Unanswered messages of each producer; 1000 unless given, 1 "
                "sends one after the other")
    ->type_name("N")
    ->check(whole_number(1, 1'000'000));
  command
    .add_option("--rate,-r", options.load.rate,
                "Messages per second, of all producers; as fast as possible "
                "unless given")
    ->type_name("R")
    ->check(whole_number(1, 100'000'000));
  command
    .add_option("--ack,-a", options.ack, "When a message counts as stored")
    ->type_name("memory|disk")
    ->check(one_of({"memory", "disk"}));
}

} // namespace

void add_bench_commands(CLI::App& app, command_action& chosen) {
  auto* bench = add_command(
    app, "bench", "Measure throughput and latency of a cluster",
    {"apogee bench send --seconds 5", "apogee bench e2e --rate 20000"});
  bench->require_subcommand(1);
  const auto options = std::make_shared<bench_options>();
  const auto add = [&](const std::string& name, const std::string& sentence,
                       const std::vector<std::string>& examples,
                       result<void> (*run)(const bench_options&)) {
    auto* command = add_command(*bench, name, sentence, examples);
    command
      ->add_option("--topic", options->topic,
                   "Use this topic; unless given, one is created and deleted "
                   "afterwards")
      ->type_name("TOPIC");
    command
      ->add_option("--queues", options->queues,
                   "Queues of a created topic; 8 unless given")
      ->type_name("N")
      ->check(whole_number(1, 65'536));
    add_load_options(*command, *options);
    command->add_flag("--json", options->as_json, "Print JSON");
    add_target_options(*command, options->target, target_kind::nameserver);
    add_timeout_option(*command, options->target);
    command->callback(
      [&chosen, options, run] { chosen = [=] { return run(*options); }; });
  };
  add("send", "How fast messages are acknowledged",
      {"apogee bench send --in-flight 1 --ack disk   # one after the other",
       "apogee bench send --producers 4 --messages 1000000 --size 1024",
       "apogee bench send --rate 20000                # a steady load"},
      bench_send);
  add("consume", "How fast a backlog is read; sends it first unless --topic",
      {"apogee bench consume --messages 1000000",
       "apogee bench consume --topic orders"},
      bench_consume);
  add("e2e", "Latency from send to arrival at a steady rate",
      {"apogee bench e2e --rate 20000 --seconds 10"}, bench_end_to_end);
}

} // namespace apogee::cli
