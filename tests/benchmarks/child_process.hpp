#pragma once

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

  /// Seconds of CPU it has used until now.
  double cpu_seconds() const;

  /// Memory it keeps resident, and the most it ever has.
  std::uint64_t resident_bytes() const;
  std::uint64_t resident_bytes_max() const;

private:
  void end(int signal);

  pid_t pid_ = 0;
  int output_ = -1;
};

/// Seconds of CPU that this process has used until now.
double own_cpu_seconds();

/// The folder this program was started from.
std::string program_folder();

} // namespace apogee::benchmarks
