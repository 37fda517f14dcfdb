#pragma once

#include "nodes/cli/process_usage.hpp"

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace apogee::benchmarks {

/// A program that was started by a benchmark. It dies with the thread that
/// started it, so that nothing is left behind.
class child_process {
public:
  /// Starts `arguments[0]`; what it prints can be read line by line, its error
  /// output goes to `error_file`.
  child_process(const std::vector<std::string>& arguments,
                const std::string& error_file);

  /// Kills it.
  ~child_process();

  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// The next line it prints; throws when it ends before.
  std::string read_line();

  /// SIGTERM, and waits for the end.
  void stop();

  /// SIGKILL, and waits for the end.
  void kill();

  pid_t id() const { return pid_; }

  /// Reads the rest of what it prints and waits for its end; returns its exit
  /// code, or -1 when a signal ended it.
  int wait(std::string& output);

  /// All zero once it has ended.
  cli::process_usage usage() const;

private:
  void end(int signal);

  pid_t pid_ = 0;
  int output_ = -1;
};

struct program_outcome {
  int exit_code = 0;
  std::string output;
};

/// Runs a program to its end.
program_outcome run_program(const std::vector<std::string>& arguments,
                            const std::string& error_file);

/// Seconds of CPU that this process has used until now.
double own_cpu_seconds();

/// The folder this program was started from.
std::string program_folder();

} // namespace apogee::benchmarks
