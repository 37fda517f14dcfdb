#include "nodes/cli/interruption.hpp"

#include <csignal>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace apogee::cli {

namespace {

constexpr int exit_code_interrupted = 130;

/// Wakes the thread to end it.
constexpr int end_signal = SIGUSR1;

sigset_t watched_signals() {
  sigset_t out;
  sigemptyset(&out);
  for (const int each : {SIGINT, SIGTERM, end_signal})
    sigaddset(&out, each);
  return out;
}

} // namespace

interruption::interruption() : descriptor_(eventfd(0, EFD_CLOEXEC)) {
  const auto signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread{[this] { run(); }};
}

interruption::~interruption() {
  is_ending_ = true;
  pthread_kill(thread_.native_handle(), end_signal);
  thread_.join();
  close(descriptor_);
  auto signals = watched_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void interruption::run() {
  const auto signals = watched_signals();
  int received = 0;
  while (sigwait(&signals, &received) == 0) {
    if (is_ending_)
      return;
    if (received == end_signal)
      continue;
    if (is_requested_)
      _exit(exit_code_interrupted);
    std::lock_guard lock{mutex_};
    is_requested_ = true;
    signal_.notify_all();
    eventfd_write(descriptor_, 1);
    if (wake_)
      wake_();
  }
}

void interruption::on_request(std::function<void()> wake) {
  std::lock_guard lock{mutex_};
  wake_ = std::move(wake);
  if (is_requested_ && wake_)
    wake_();
}

bool interruption::wait_for(std::chrono::milliseconds pause) {
  std::unique_lock lock{mutex_};
  return signal_.wait_for(lock, pause, [this] { return is_requested_.load(); });
}

} // namespace apogee::cli
