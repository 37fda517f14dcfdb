// Prints the bodies of a topic's messages, as one of a group that shares them:
//
//   consumer TOPIC GROUP [NAMESERVER] [COUNT]
//
// Ends after COUNT messages, or with Control-C.
#include "actors/client/push_consumer.hpp"
#include "actors/client/system_config.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>
#include <unistd.h>

using namespace apogee;

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: consumer TOPIC GROUP [NAMESERVER] [COUNT]\n";
    return 2;
  }
  const std::string nameserver = argc > 3 ? argv[3] : "127.0.0.1:9875";
  const auto count_max = argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 0;

  // Before any thread starts, so that the signal comes to sigwait() below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  client::system_config config;
  caf::actor_system system{config};
  std::mutex output;
  std::atomic<std::size_t> count{0};
  auto consumer = client::spawn_push_consumer(
    system,
    {.nameservers = {nameserver},
     .group = argv[2],
     .topics = {argv[1]},
     .from = client::start_from::earliest},
    [&](const client::received_message& message) {
      {
        std::lock_guard guard{output};
        std::cout << message.body << std::endl;
      }
      if (++count == count_max)
        kill(getpid(), SIGTERM); // to the thread in sigwait()
      return client::consume_result::success;
    });

  int signal = 0;
  sigwait(&signals, &signal);
  consumer.stop();
  std::cerr << count << " messages\n";
}
