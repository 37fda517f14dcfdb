#include "tests/support/process.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <sstream>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace apogee {

namespace {

/// Runs between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* arguments, char* const* environment,
                         const char* folder, const char* input, int output,
                         int errors, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(open(input, O_RDONLY), STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  if (folder != nullptr && chdir(folder) != 0)
    _exit(126);
  execve(arguments[0], arguments, environment);
  _exit(127);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts)
    out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

int open_for_writing(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/// The variables of this process, with those of `more` in place of what they
/// were: the first of two with one name would count.
std::vector<std::string>
make_environment(const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<std::string> out;
  for (const auto& [name, value] : more)
    out.push_back(name + "=" + value);
  for (auto* each = environ; *each != nullptr; ++each) {
    const std::string_view variable{*each};
    if (std::none_of(more.begin(), more.end(), [&](const auto& pair) {
          return variable.starts_with(pair.first + "=");
        }))
      out.emplace_back(variable);
  }
  return out;
}

} // namespace

process::process(std::vector<std::string> command, surroundings around) {
  auto variables = make_environment(around.environment);
  const auto arguments = pointers_to(command);
  const auto environment = pointers_to(variables);
  const int output = open_for_writing(files_.path() + "/output");
  const int errors = open_for_writing(files_.path() + "/errors");
  const auto parent = getpid();
  pid_ = fork();
  if (pid_ == 0)
    become(arguments.data(), environment.data(),
           around.folder.empty() ? nullptr : around.folder.c_str(),
           around.input.empty() ? "/dev/null" : around.input.c_str(), output,
           errors, parent);
  close(output);
  close(errors);
  if (pid_ < 0)
    exit_ = 127;
}

process::~process() {
  kill();
}

bool process::is_running() {
  if (exit_)
    return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_)
    return true;
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void process::signal(int number) {
  if (is_running())
    ::kill(pid_, number);
}

void process::kill() {
  signal(SIGKILL);
  wait(patience);
}

std::optional<int> process::wait(std::chrono::milliseconds timeout) {
  eventually([this] { return !is_running(); }, timeout);
  return exit_;
}

std::optional<std::string>
process::wait_for_line(const std::string& prefix,
                       std::chrono::milliseconds timeout) {
  std::optional<std::string> found;
  eventually(
    [&] {
      const bool was_running = is_running();
      std::istringstream lines{output()};
      for (std::string line; std::getline(lines, line) && !lines.eof();)
        if (line.starts_with(prefix)) {
          found = line;
          return true;
        }
      return !was_running;
    },
    timeout);
  return found;
}

bool process::wait_for_error_text(const std::string& text,
                                  std::chrono::milliseconds timeout) {
  return eventually(
    [&] { return error_output().find(text) != std::string::npos; }, timeout);
}

std::string process::output() const {
  return read_text(files_.path() + "/output");
}

std::string process::error_output() const {
  return read_text(files_.path() + "/errors");
}

std::uint64_t process::resident_bytes() const {
  std::ifstream in{"/proc/" + std::to_string(pid_) + "/statm"};
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  in >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t process::peak_resident_bytes() const {
  std::ifstream in{"/proc/" + std::to_string(pid_) + "/status"};
  for (std::string word; in >> word;)
    if (std::uint64_t kib = 0; word == "VmHWM:" && in >> kib)
      return kib << 10;
  return 0;
}

finished_process run_process(std::vector<std::string> command,
                             std::chrono::milliseconds timeout,
                             process::surroundings around) {
  process running{std::move(command), std::move(around)};
  const auto code = running.wait(timeout);
  return {code.value_or(-1), running.output(), running.error_output()};
}

std::string read_text(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::uint16_t find_free_port() {
  // Spread over the range, so that tests which run at once do not meet.
  static std::atomic<unsigned> next{static_cast<unsigned>(getpid()) * 37};
  for (int tries = 0; tries < 1000; ++tries) {
    const auto port = static_cast<std::uint16_t>(12'000 + next++ % 20'000);
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_free =
      bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address))
      == 0;
    close(socket);
    if (is_free)
      return port;
  }
  std::abort();
}

} // namespace apogee
