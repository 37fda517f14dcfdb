#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace apogee::cli {

/// Turns Ctrl-C (SIGINT) and SIGTERM into a flag that a command looks at, so
/// that it can stop in order; a second one ends the process at once. Make it
/// before the first thread is started: threads inherit the signal mask.
class interruption {
public:
  interruption();
  ~interruption();

  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  bool is_requested() const { return is_requested_; }

  /// `wake` is called when the user interrupts, on a thread of its own, or now
  /// when that has happened already. It must not wait for the command: a second
  /// interruption has to end one that hangs.
  void on_request(std::function<void()> wake);

  /// Readable from the interruption on, for poll(2).
  int descriptor() const { return descriptor_; }

  /// Sleeps; true when it was interrupted.
  bool wait_for(std::chrono::milliseconds pause);

private:
  void run();

  int descriptor_;
  std::atomic<bool> is_requested_ = false;
  std::mutex mutex_;
  std::condition_variable signal_;
  std::function<void()> wake_;
  std::atomic<bool> is_ending_ = false;
  std::thread thread_;
};

} // namespace apogee::cli
