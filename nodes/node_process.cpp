#include "nodes/node_process.hpp"

#include "actors/protocol.hpp"
#include "config/system_config.hpp"
#include "nodes/exit_guard.hpp"

#include <caf/actor_system.hpp>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace apogee::nodes {

namespace {

/// Longest time from the end of the node's tree to the end of its actor system.
constexpr std::chrono::seconds system_end_max{10};

/// The signals that stop a node, as a descriptor. Every thread that is started
/// after this inherits that they are blocked.
int open_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A peer that closes its connection is no reason to die.
  std::signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

/// A connection is a file, and the limit of most systems is for programs that
/// cannot count beyond it.
void raise_open_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0)
    return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

void wait_readable(int first, int second) {
  pollfd both[] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
  while (poll(both, 2, -1) < 0) {
  }
}

bool is_readable(int descriptor) {
  pollfd one{descriptor, POLLIN, 0};
  return poll(&one, 1, 0) == 1;
}

void take_signal(int signals) {
  signalfd_siginfo info;
  // Which one it was does not matter.
  [[maybe_unused]] const auto taken = read(signals, &info, sizeof(info));
}

/// Prints the ready line as soon as the node is, unless it ends before.
void announce(running_node& node, const std::function<std::string()>& line) {
  if (!node.wait_until_ready())
    return;
  std::printf("%s\n", line().c_str());
  std::fflush(stdout);
  sd_notify(0, "READY=1");
}

int wait_for_end(running_node& node, int signals, int ended) {
  wait_readable(signals, ended);
  if (!is_readable(ended)) {
    take_signal(signals);
    sd_notify(0, "STOPPING=1");
    node.stop();
    wait_readable(signals, ended);
    if (!is_readable(ended))
      _exit(130);
  }
  const auto why = node.wait_until_stopped();
  if (why.code == errc::none)
    return 0;
  note("stopped: " + to_string(why));
  return 1;
}

} // namespace

void note(const std::string& line) {
  std::fprintf(stderr, "apogee: %s\n", line.c_str());
}

int run_node_process(const std::vector<config::caf_option>& caf_options,
                     const std::function<result<node_plan>()>& make_plan,
                     const std::function<std::string()>& ready_line) {
  raise_open_files();
  const auto signals = open_stop_signals();
  const auto ended = eventfd(0, EFD_CLOEXEC);
  auto plan = make_plan();
  if (!plan) {
    note("cannot start: " + to_string(plan.error()));
    return 1;
  }
  plan->on_stopped = [ended] { eventfd_write(ended, 1); };
  config::system_config config{caf_options};
  config.add_message_types<caf::id_block::apogee>();
  config.on_refused_peer = note;
  int exit_code = 0;
  {
    std::optional<exit_guard> guard; // outlives the system
    caf::actor_system system{config};
    running_node node{system, std::move(*plan)};
    std::thread announcer{[&] { announce(node, ready_line); }};
    exit_code = wait_for_end(node, signals, ended);
    guard.emplace(exit_code, system_end_max);
    announcer.join();
  }
  close(ended);
  close(signals);
  return exit_code;
}

} // namespace apogee::nodes
