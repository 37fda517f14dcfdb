#include "tests/support/node_process.hpp"

#include "nodes/cli/session.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace apogee {

std::string program_path(const std::string& name) {
  return std::string{APOGEE_PROGRAMS} + "/" + name;
}

std::vector<std::string> test_settings(const std::string& folder,
                                       std::vector<std::string> more) {
  more.push_back("--storage.data=" + folder);
  const auto set = [&more](const std::string& key, const std::string& value) {
    const auto is_key = [&](const std::string& each) {
      return each.starts_with(key + "=");
    };
    if (std::none_of(more.begin(), more.end(), is_key))
      more.push_back(key + "=" + value);
  };
  set("--storage.segment-size", "16MiB");
  set("--storage.disk-free-min", "0");
  set("--broker.vip-channel", "false"); // its port is not known to be free
  return more;
}

node_process::node_process(std::string program,
                           std::vector<std::string> settings)
  : program_(std::move(program)), settings_(std::move(settings)) {
  native_port_ = find_free_port();
  if (program_ != "nameserver")
    broker_port_ = find_free_port();
  if (program_ != "broker")
    nameserver_port_ = find_free_port();
}

bool node_process::start(std::chrono::milliseconds timeout) {
  launch();
  return wait_until_ready(timeout);
}

void node_process::launch() {
  process_.reset();
  std::vector<std::string> command;
  if (program_ == "standalone")
    command = {program_path("apogee"), "standalone"};
  else
    command = {program_path("apogee-" + program_)};
  command.push_back("--node.native-port=" + std::to_string(native_port_));
  if (broker_port_ != 0)
    command.push_back("--broker.port=" + std::to_string(broker_port_));
  if (nameserver_port_ != 0)
    command.push_back("--nameserver.port=" + std::to_string(nameserver_port_));
  command.insert(command.end(), settings_.begin(), settings_.end());
  process_ = std::make_unique<process>(std::move(command));
}

bool node_process::wait_until_ready(std::chrono::milliseconds timeout) {
  return process_->wait_for_line("ready ", timeout).has_value();
}

int node_process::stop() {
  process_->signal(SIGTERM);
  return process_->wait(patience).value_or(-1);
}

std::string node_process::address() const {
  return "127.0.0.1:" + std::to_string(native_port_);
}

result<cli::node_connection> node_admin::connect(const std::string& service) {
  return cli::node_connection::open(
    system_, {address_, service, std::chrono::seconds{10}, ""});
}

result<void> node_admin::create_topic(const std::string& name,
                                      std::uint32_t queues) {
  auto node = connect("admin");
  if (!node)
    return node.error();
  const auto reply = node->ask<schema::TopicList>(
    envelope<schema::TopicCreate>::build([&](auto builder) {
      builder.setName(name);
      builder.setQueues(queues);
    }));
  if (!reply)
    return reply.error();
  return {};
}

result<void> node_admin::await_route(const std::string& topic) {
  auto names = connect("nameserver");
  if (!names)
    return names.error();
  return cli::await_route(*names, topic, patience);
}

result<std::vector<tree_entry>> node_admin::tree() {
  auto node = connect("supervision");
  if (!node)
    return node.error();
  const auto reply =
    node->ask<schema::TreeReply>(envelope<schema::TreeRequest>{});
  if (!reply)
    return reply.error();
  return reply->read([](schema::TreeReply::Reader reader) {
    std::vector<tree_entry> out;
    for (const auto each : reader.getNodes())
      out.push_back({each.getPath().cStr(), each.getKind().cStr(),
                     each.getState().cStr(), each.getRestarts()});
    return out;
  });
}

result<std::vector<logged_event>> node_admin::events(std::uint64_t after) {
  auto node = connect("supervision");
  if (!node)
    return node.error();
  const auto reply = node->ask<schema::LogReply>(
    envelope<schema::LogRequest>::build([&](auto builder) {
      builder.setCountMax(1000);
      builder.setAfterSequence(after);
    }));
  if (!reply)
    return reply.error();
  return reply->read([](schema::LogReply::Reader reader) {
    std::vector<logged_event> out;
    for (const auto each : reader.getEvents())
      out.push_back({each.getSequence(), each.getPath().cStr(),
                     each.getEvent().cStr(), each.getReason().cStr(),
                     each.getRestarts(), each.getDecision().cStr()});
    return out;
  });
}

result<void> node_admin::crash(const std::string& path) {
  auto node = connect("supervision");
  if (!node)
    return node.error();
  const auto reply =
    node->ask<schema::CrashReply>(envelope<schema::CrashRequest>::build(
      [&](auto builder) { builder.setPath(path); }));
  if (!reply)
    return reply.error();
  return {};
}

} // namespace apogee
