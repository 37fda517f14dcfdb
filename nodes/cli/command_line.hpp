#pragma once

#include <functional>
#include <string>
#include <vector>

namespace apogee::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

/// Runs a node with these arguments until it is told to stop; returns the
/// exit code.
using standalone_function =
  std::function<int(const std::vector<std::string>& arguments)>;

/// The program `apogee`: does what `arguments` (without the program's name)
/// say and returns the exit code. Call it from main(), before any thread was
/// started: signal masks are inherited.
int run_command_line(const std::vector<std::string>& arguments,
                     const standalone_function& standalone);

} // namespace apogee::cli
