#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace apogee::nodes {

/// Ends the process, with a line on the standard error output, when it is still
/// there after `patience`, unless this object is destroyed before.
///
/// An actor that hangs in a call cannot be ended, and its actor system would
/// wait for it for ever, with the data folder locked.
class exit_guard {
public:
  exit_guard(int exit_code, std::chrono::milliseconds patience);
  ~exit_guard();

  exit_guard(const exit_guard&) = delete;
  exit_guard& operator=(const exit_guard&) = delete;

private:
  void watch(int exit_code, std::chrono::milliseconds patience);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread watcher_;
};

} // namespace apogee::nodes
