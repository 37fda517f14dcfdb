#include "nodes/cli/process_usage.hpp"

#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace apogee::cli {

namespace {

/// Fields of /proc/PID/stat between the program's name and its CPU times.
constexpr int fields_before_times = 11;

bool add_times(const std::string& folder, process_usage& sum) {
  std::ifstream file{folder + "/stat"};
  std::string line;
  if (!std::getline(file, line))
    return false;
  // The name may hold blanks and brackets.
  std::istringstream fields{line.substr(line.rfind(')') + 1)};
  std::string skipped;
  for (int i = 0; i < fields_before_times; ++i)
    fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  sum.cpu_seconds +=
    (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return true;
}

void add_memory(const std::string& folder, process_usage& sum) {
  std::ifstream file{folder + "/status"};
  for (std::string line; std::getline(file, line);) {
    std::istringstream words{line};
    std::string name;
    std::uint64_t kilobytes = 0;
    words >> name >> kilobytes;
    const auto bytes = kilobytes << 10;
    if (name == "VmRSS:")
      sum.resident_bytes += bytes;
    else if (name == "VmHWM:")
      sum.resident_bytes_max += bytes;
    else if (name == "RssAnon:")
      sum.anonymous_bytes += bytes;
  }
}

} // namespace

result<process_usage> usage_of(const std::vector<pid_t>& processes) {
  process_usage sum;
  for (const auto process : processes) {
    const auto folder = "/proc/" + std::to_string(process);
    if (!add_times(folder, sum))
      return {errc::not_found,
              "process " + std::to_string(process) + " does not run"};
    add_memory(folder, sum);
  }
  return sum;
}

} // namespace apogee::cli
