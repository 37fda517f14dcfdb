#include "tests/benchmarks/cluster.hpp"

#include "actors/client/system_config.hpp"
#include "actors/protocol.hpp"
#include "messages/address.hpp"

#include <caf/actor_cast.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <deque>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace apogee::benchmarks {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{60};

/// Requests for new topics that are under way at once.
constexpr std::size_t creations_in_flight = 256;

std::string value_of(const std::string& line, const std::string& key) {
  const auto at = line.find(" " + key + "=");
  if (at == std::string::npos)
    throw std::runtime_error{"the node's ready line is '" + line + "'"};
  const auto from = at + key.size() + 2;
  return line.substr(from, line.find(' ', from) - from);
}

[[noreturn]] void fail(const std::string& what, const caf::error& why) {
  throw std::runtime_error{what + ": " + to_string(to_failure(why))};
}

envelope<schema::TopicCreate> make_creation(const std::string& name,
                                            std::uint32_t queues) {
  return envelope<schema::TopicCreate>::build([&](auto b) {
    b.setName(name);
    b.setQueues(queues);
  });
}

} // namespace

cluster::cluster(std::string folder, std::vector<std::string> options)
  : folder_(std::move(folder)), options_(std::move(options)),
    config_(std::make_unique<client::system_config>()),
    system_(std::make_unique<caf::actor_system>(*config_)) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
}

cluster::~cluster() {
  kill();
  system_.reset();
  std::filesystem::remove_all(folder_);
}

double cluster::start() {
  std::vector<std::string> arguments = {program_folder() + "/apogee",
                                        "standalone",
                                        "--data=" + folder_ + "/data",
                                        "--nameserver-port=0",
                                        "--broker-port=0",
                                        "--native-port=0",
                                        "--supervision.log-to-console=false"};
  arguments.insert(arguments.end(), options_.begin(), options_.end());
  const auto begin = clock::now();
  node_.emplace(arguments, folder_ + "/errors.txt");
  const auto line = node_->read_line();
  const auto time = std::chrono::duration<double>(clock::now() - begin);
  native_ = value_of(line, "native");
  broker_port_ = split_address(value_of(line, "broker")).value().port;
  return time.count();
}

void cluster::stop() {
  if (node_)
    node_->stop();
  node_.reset();
}

void cluster::kill() {
  node_.reset();
}

caf::actor cluster::connect_admin() {
  const auto colon = native_.rfind(':');
  const auto door = system_->middleman().remote_actor<node_door_actor>(
    native_.substr(0, colon),
    static_cast<std::uint16_t>(std::stoi(native_.substr(colon + 1))));
  if (!door)
    throw std::runtime_error{"the node cannot be reached"};
  caf::scoped_actor self{*system_};
  const auto hello = envelope<schema::Hello>::build([](auto b) {
    b.setProtocolVersion(protocol_version);
    b.setService("admin");
  });
  caf::actor admin;
  self->request(*door, patience, hello)
    .receive(
      [&](const envelope<schema::Welcome>&, const caf::strong_actor_ptr& at) {
        admin = caf::actor_cast<caf::actor>(at);
      },
      [](const caf::error& why) { fail("no admin service", why); });
  return admin;
}

void cluster::create_topics(const std::vector<std::string>& names,
                            std::uint32_t queues) {
  const auto admin = connect_admin();
  caf::scoped_actor self{*system_};
  const auto ask = [&](const std::string& name) {
    return self->request(admin, patience, make_creation(name, queues));
  };
  std::deque<decltype(ask({}))> pending;
  const auto settle = [&] {
    pending.front().receive(
      [](const envelope<schema::TopicList>&) {},
      [](const caf::error& why) { fail("cannot create a topic", why); });
    pending.pop_front();
  };
  for (const auto& name : names) {
    if (pending.size() >= creations_in_flight)
      settle();
    pending.push_back(ask(name));
  }
  while (!pending.empty())
    settle();
}

client::producer cluster::make_producer(ack_level ack) {
  client::producer_settings settings;
  settings.nameservers = {native_};
  settings.ack = ack;
  settings.send_timeout = patience;
  return client::spawn_producer(*system_, settings);
}

client::pull_consumer cluster::make_pull_consumer() {
  client::pull_consumer_settings settings;
  settings.nameservers = {native_};
  settings.timeout = patience;
  return client::spawn_pull_consumer(*system_, settings);
}

std::unique_ptr<cluster> make_loaded_cluster(const std::string& folder) {
  auto out = std::make_unique<cluster>(folder);
  out->start();
  out->create_topics({load_topic}, load_queues);
  // The route takes a moment to get around: wait until a send succeeds.
  auto producer = out->make_producer(ack_level::memory);
  client::message message;
  message.topic = load_topic;
  message.body = "first";
  const auto until = clock::now() + patience;
  while (!producer.send(message))
    if (clock::now() > until)
      throw std::runtime_error{"the new topic takes no messages"};
  producer.stop();
  return out;
}

} // namespace apogee::benchmarks
