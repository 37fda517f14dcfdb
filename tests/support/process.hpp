#pragma once

#include "tests/support/temporary_folder.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace apogee {

/// How long tests wait for what has to come: long enough for any machine, since
/// it only matters when a test fails.
inline constexpr std::chrono::seconds patience{60};

/// A program that a test runs. Dies with the test, whatever becomes of that:
/// create it in the test's main thread. Every wait is bounded.
class process {
public:
  struct surroundings {
    std::string folder; ///< working directory; empty: the test's
    std::string input;  ///< file it reads as standard input; empty: nothing
    std::vector<std::pair<std::string, std::string>> environment; ///< set
  };

  /// `command`: path of the program and its arguments.
  explicit process(std::vector<std::string> command, surroundings around = {});

  /// Kills it.
  ~process();

  process(const process&) = delete;
  process& operator=(const process&) = delete;

  pid_t pid() const { return pid_; }

  bool is_running();

  void signal(int number);

  /// kill -9, and waits for the end.
  void kill();

  /// Exit code, or 128 + the signal that ended it; nothing after `timeout`.
  std::optional<int> wait(std::chrono::milliseconds timeout);

  /// The first line of the standard output that starts with `prefix`; nothing
  /// when the process ends without one, or after `timeout`.
  std::optional<std::string> wait_for_line(const std::string& prefix,
                                           std::chrono::milliseconds timeout);

  /// True once the standard error output contains `text`.
  bool wait_for_error_text(const std::string& text,
                           std::chrono::milliseconds timeout);

  /// What was written so far.
  std::string output() const;
  std::string error_output() const;

  std::uint64_t resident_bytes() const;

  /// The most that it ever had.
  std::uint64_t peak_resident_bytes() const;

private:
  temporary_folder files_;
  pid_t pid_ = -1;
  std::optional<int> exit_;
};

/// Runs a program to its end.
struct finished_process {
  int exit_code = -1; ///< -1: it had to be killed after the timeout
  std::string output;
  std::string error_output;
};

finished_process run_process(std::vector<std::string> command,
                             std::chrono::milliseconds timeout,
                             process::surroundings around = {});

/// The content of a file; empty when it cannot be read.
std::string read_text(const std::string& path);

/// A TCP port of the loopback device that nobody listens on, out of the range
/// that the kernel takes ports for connections from: a client that tries to
/// reach a node which is down must not get connected to itself.
std::uint16_t find_free_port();

/// Polls `condition` until it holds; false after `timeout`.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds timeout);

} // namespace apogee

#include <algorithm>
#include <thread>

template <class Condition>
bool apogee::eventually(Condition condition,
                        std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  std::chrono::milliseconds pause{2};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    // Looking must not take the machine from what is looked at.
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, std::chrono::milliseconds{16});
  }
  return true;
}
