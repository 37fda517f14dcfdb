#include "tests/benchmarks/against_rocketmq/workloads.hpp"

namespace apogee::benchmarks {

namespace {

using namespace figure_names;
using words = std::vector<std::string>;

constexpr auto disk_limit = "or the disk's limit";

goal at_most(const char* figure, double ratio) {
  return {figure, goal::wanted::at_most, ratio};
}

goal at_least(const char* figure, double ratio, std::string remark = {}) {
  return {figure, goal::wanted::at_least, ratio, goal::scale::ratio,
          std::move(remark)};
}

goal at_most_absolute(const char* figure, double value) {
  return {figure, goal::wanted::at_most, value, goal::scale::absolute};
}

workload_step send(std::string row, std::string description, words arguments,
                   std::vector<goal> goals) {
  arguments.insert(arguments.begin(), "send");
  return {std::move(row), std::move(description), std::move(arguments), true,
          false,          std::move(goals)};
}

/// A run whose length is a number of messages or topics. It has no warm-up of
/// its own: where that matters, one that is not counted comes before.
workload_step counted(std::string row, std::string description, words arguments,
                      std::vector<goal> goals) {
  return {std::move(row), std::move(description), std::move(arguments), false,
          false,          std::move(goals)};
}

workload_step preparation(words arguments) {
  return counted("", "", std::move(arguments), {});
}

words one_by_one(const char* size) {
  return {"--in-flight", "1", "--size", size};
}

words side_by_side() {
  return {"--producers", "64", "--in-flight", "1"};
}

words pipelined(const char* size) {
  return {"--producers", "16", "--in-flight", "32", "--size", size};
}

workload one_sender() {
  const std::vector<goal> goals = {at_most(p50, 0.65), at_most(p99, 0.6),
                                   at_most(cpu, 0.35)};
  return {"W1",
          false,
          false,
          {send("W1 128 B", "one connection, one send in flight",
                one_by_one("128"), goals),
           send("W1 1 KiB", "the same", one_by_one("1024"), goals)}};
}

workload flushed() {
  const auto goals = [](double faster) {
    return std::vector{at_least(throughput, faster), at_most(p99, 0.3)};
  };
  return {"W2",
          true,
          false,
          {send("W2 W1 1 KiB", "W1, acknowledged once it is flushed",
                one_by_one("1024"), goals(2)),
           send("W2 W3", "W3, flushed", side_by_side(), goals(2.5)),
           send("W2 W4", "W4, flushed", pipelined("1024"), goals(4))}};
}

workload end_to_end() {
  const auto step = [](const char* rate) {
    return workload_step{
      std::string{"W5 "} + rate + "/s",
      "8 connections at a fixed rate and a reader that waits; latency from the "
      "intended send to the arrival",
      {"e2e", "--producers", "8", "--in-flight", "256", "--rate", rate},
      true,
      false,
      {at_most(p50, 0.3), at_most(p99, 0.2), at_most(cpu, 0.3)}};
  };
  return {"W5", false, false, {step("5000"), step("20000")}};
}

workload drain() {
  const auto read = [](std::string row, bool is_cold, std::vector<goal> goals) {
    auto out = counted(std::move(row),
                       is_cold ? "5 million messages of 1 KiB read from the "
                                 "disk by 4 connections"
                               : "the same from the page cache",
                       {"consume", "--topic", "backlog", "--producers", "4"},
                       std::move(goals));
    out.is_cold = is_cold;
    return out;
  };
  return {
    "W6",
    false,
    false,
    {preparation({"topics", "--topic", "backlog"}),
     preparation({"send", "--topic", "backlog", "--messages", "5000000",
                  "--producers", "16", "--in-flight", "32"}),
     read("", false, {}),
     read("W6 cold", true,
          {at_least(throughput, 2, disk_limit), at_most(cpu, 0.4)}),
     read("W6 warm", false, {at_least(throughput, 2), at_most(cpu, 0.4)})}};
}

workload many_topics() {
  return {"W8",
          false,
          false,
          {preparation({"topics", "--topics", "100"}),
           counted("W8 create", "1,000 topics of 8 queues, one after the other",
                   {"topics", "--topic", "many", "--topics", "1000"},
                   {at_least(throughput, 5)}),
           send("W8 send", "sends spread over them",
                {"--topic", "many", "--topics", "1000", "--producers", "16",
                 "--in-flight", "8"},
                {at_least(throughput, 3)})}};
}

workload one_way() {
  return {
    "W13",
    false,
    false,
    {send("W13 flood",
          "one-way sends from 4 connections, as fast as the "
          "sockets take them",
          {"--one-way", "--producers", "4", "--in-flight", "1"},
          {{stored_share, goal::wanted::at_least, 1, goal::scale::absolute}}),
     send("W13 after", "4 ordinary senders after the flood",
          {"--producers", "4", "--in-flight", "1"}, {})}};
}

workload filters() {
  const auto read = [](std::string row, const char* filter,
                       std::vector<goal> goals) {
    return counted(
      std::move(row), "10 million messages scanned, of which 1 in 100 matches",
      {"consume", "--topic", "tagged", "--filter", filter, "--producers", "4"},
      std::move(goals));
  };
  return {
    "W20",
    false,
    false,
    {preparation({"topics", "--topic", "tagged"}),
     preparation({"send", "--topic", "tagged", "--messages", "10000000",
                  "--filter", "tag", "--size", "128", "--producers", "16",
                  "--in-flight", "32"}),
     read("", "tag", {}), read("W20 tag", "tag", {at_least(throughput, 3)}),
     read("", "sql", {}), read("W20 SQL", "sql", {at_least(throughput, 3)})}};
}

} // namespace

std::vector<goal> idle_goals() {
  return {at_most(idle_memory, 0.05), at_most_absolute(start_time, 0.2)};
}

const std::vector<workload>& workloads() {
  const auto single = [](std::string name, workload_step step) {
    return workload{std::move(name), false, false, {std::move(step)}};
  };
  static const std::vector<workload> all = {
    one_sender(),
    flushed(),
    single(
      "W3",
      send("W3", "64 connections, each with one send in flight", side_by_side(),
           {at_least(throughput, 2.5), at_most(p99, 0.2), at_most(cpu, 0.35)})),
    single("W4",
           send("W4", "16 connections with 32 in flight, 1 KiB",
                pipelined("1024"),
                {at_least(throughput, 4, disk_limit), at_most(cpu, 0.2)})),
    single("W4b", send("W4b", "the same with 128 B", pipelined("128"),
                       {at_least(throughput, 5), at_most(cpu, 0.15)})),
    single("W4c",
           send("W4c", "16 connections with 4 batches of 32 × 1 KiB",
                {"--producers", "16", "--in-flight", "4", "--batch", "32"},
                {at_least(throughput, 1, disk_limit), at_most(cpu, 0.4)})),
    end_to_end(),
    drain(),
    single("W7", {"W7",
                  "four groups read what 8 connections with 8 in flight send",
                  {"e2e", "--groups", "4", "--producers", "8", "--in-flight",
                   "8", "--rate", "0"},
                  true,
                  false,
                  {at_least(throughput, 3)}}),
    many_topics(),
    single("W10",
           send("W10", "64 KiB bodies, 8 connections with 4 in flight",
                {"--producers", "8", "--in-flight", "4", "--size", "65536"},
                {at_least(throughput, 1), at_most(cpu, 0.4)})),
    single("W11", {"W11",
                   "5,000 connections that wait for messages",
                   {"idle", "--producers", "5000"},
                   true,
                   false,
                   {at_most_absolute(connection_memory, 30),
                    at_most_absolute(core_share, 3)}}),
    one_way(),
    {"W18", false, true, {}},
    filters(),
  };
  return all;
}

} // namespace apogee::benchmarks
