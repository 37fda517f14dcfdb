#include "nodes/cli/bench_options.hpp"
#include "nodes/cli/commands.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <unistd.h>

namespace apogee::cli {

namespace {

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
    .add_option("--producers,--connections", options.load.producers,
                "Producers, each with a thread; with rocketmq connections, in "
                "one thread; 1 unless given")
    ->type_name("N")
    ->check(whole_number(1, 10'000));
  command
    .add_option("--in-flight", options.load.in_flight_max,
                "Unanswered messages of each producer; 1000 unless given, 1 "
                "sends one after the other")
    ->type_name("N")
    ->check(whole_number(1, 1'000'000));
  command
    .add_option("--rate,-r", options.rate,
                "Messages per second, of all producers; 0: as fast as they "
                "are answered")
    ->type_name("R")
    ->check(whole_number(0, 100'000'000));
  command
    .add_option("--ack,-a", options.ack, "When a message counts as stored")
    ->type_name("memory|disk")
    ->check(one_of({"memory", "disk"}));
}

void add_rocketmq_options(CLI::App& command, bench_options& options) {
  auto& load = options.rocketmq;
  auto* protocol = command.add_option(
    "--protocol", options.protocol,
    "Whose protocol to speak; --nameserver is the address of that port. "
    "RocketMQ's drives any of its clusters, too");
  protocol->type_name("native|rocketmq")->check(one_of({"native", "rocketmq"}));
  const auto number = [&](const std::string& name, auto& value,
                          const std::string& sentence, std::uint64_t high) {
    command.add_option(name, value, sentence + " (rocketmq only)")
      ->type_name("N")
      ->check(whole_number(1, high))
      ->needs(protocol);
  };
  number("--batch", load.sending.batch, "Messages of a request", 10'000);
  number("--topics", load.topics, "Spread over so many topics", 100'000);
  number("--groups", load.groups, "Groups that read everything", 1000);
  number("--warm-up", options.warm_up_seconds,
         "Seconds before those that are measured", 3600);
  command
    .add_flag("--one-way", load.sending.is_oneway,
              "Send without answers, and count what is stored (rocketmq only)")
    ->needs(protocol);
  command
    .add_option("--filter", load.filter,
                "Read through a filter that 1 of 100 messages passes, or send "
                "messages for it (rocketmq only)")
    ->type_name("tag|sql")
    ->check(one_of({"tag", "sql"}))
    ->needs(protocol);
  command
    .add_option("--broker-pid", load.broker_processes,
                "Processes of the broker on this machine, to show what they "
                "use (rocketmq only)")
    ->type_name("PID")
    ->delimiter(',')
    ->needs(protocol);
}

} // namespace

std::string new_topic_name() {
  return "apogee-bench-" + std::to_string(getpid()) + "-"
         + std::to_string(wall_clock_ms());
}

result<void> show(const bench_options& options, const bench_result& result) {
  auto printed =
    print(options.as_json ? bench_json(result) : bench_text(result));
  if (!printed || result.failures == 0)
    return printed;
  return {result.first_failure.code,
          std::to_string(result.failures)
            + " messages failed, the first: " + result.first_failure.text};
}

void add_bench_commands(CLI::App& app, command_action& chosen) {
  auto* bench = add_command(
    app, "bench", "Measure throughput and latency of a cluster",
    {"apogee bench send --seconds 5", "apogee bench e2e --rate 20000"});
  bench->require_subcommand(1);
  const auto add = [&](const std::string& name, const std::string& sentence,
                       const std::vector<std::string>& examples,
                       bench_function native, bench_function rocketmq) {
    // Each has options of its own: CLI11 gives the value of an environment
    // variable to commands that are not called, too.
    const auto options = std::make_shared<bench_options>();
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
    add_rocketmq_options(*command, *options);
    command->add_flag("--json", options->as_json, "Print JSON");
    add_target_options(*command, options->target, target_kind::nameserver);
    add_timeout_option(*command, options->target);
    command->callback([&chosen, options, native, rocketmq] {
      const auto run = options->protocol == "native" ? native : rocketmq;
      if (run == nullptr)
        throw CLI::ValidationError("--protocol", "this needs rocketmq");
      chosen = [=] { return run(*options); };
    });
  };
  add("send", "How fast messages are acknowledged",
      {"apogee bench send --in-flight 1 --ack disk   # one after the other",
       "apogee bench send --producers 4 --messages 1000000 --size 1024",
       "apogee bench send --rate 20000                # a steady load"},
      native_send, rocketmq_send);
  add("consume", "How fast a backlog is read; sends it first unless --topic",
      {"apogee bench consume --messages 1000000",
       "apogee bench consume --topic orders"},
      native_consume, rocketmq_consume);
  add("e2e", "Latency from send to arrival at a steady rate",
      {"apogee bench e2e --rate 20000 --seconds 10",
       "apogee bench e2e --protocol rocketmq --groups 4 --rate 0"},
      native_end_to_end, rocketmq_end_to_end);
  add("topics", "How fast topics are created; keeps those of --topic",
      {"apogee bench topics --protocol rocketmq --topics 1000"}, nullptr,
      rocketmq_create_topics);
  add("idle", "What connections cost that wait for messages",
      {"apogee bench idle --protocol rocketmq --producers 5000 --broker-pid "
       "$(pidof apogee)"},
      nullptr, rocketmq_idle);
}

} // namespace apogee::cli
