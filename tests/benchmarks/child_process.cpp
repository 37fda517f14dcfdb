#include "tests/benchmarks/child_process.hpp"

#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace apogee::benchmarks {

namespace {

[[noreturn]] void become(const std::vector<std::string>& arguments,
                         const std::string& error_file, int output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto errors =
    open(error_file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  std::vector<char*> raw;
  for (const auto& argument : arguments)
    raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  execv(raw[0], raw.data());
  _exit(127);
}

} // namespace

child_process::child_process(const std::vector<std::string>& arguments,
                             const std::string& error_file) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error{"no pipe"};
  pid_ = fork();
  if (pid_ < 0)
    throw std::runtime_error{"no process"};
  if (pid_ == 0)
    become(arguments, error_file, ends[1]);
  close(ends[1]);
  output_ = ends[0];
}

child_process::~child_process() {
  kill();
  close(output_);
}

std::string child_process::read_line() {
  std::string line;
  for (char c = 0; read(output_, &c, 1) == 1;) {
    if (c == '\n')
      return line;
    line += c;
  }
  throw std::runtime_error{"a process ended before it was ready"};
}

void child_process::stop() {
  end(SIGTERM);
}

void child_process::kill() {
  end(SIGKILL);
}

int child_process::wait(std::string& output) {
  char bytes[4096];
  for (ssize_t count = 0; (count = read(output_, bytes, sizeof(bytes))) > 0;)
    output.append(bytes, static_cast<std::size_t>(count));
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void child_process::end(int signal) {
  if (pid_ == 0)
    return;
  ::kill(pid_, signal);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

cli::process_usage child_process::usage() const {
  const auto usage = cli::usage_of({pid_});
  return usage ? *usage : cli::process_usage{};
}

program_outcome run_program(const std::vector<std::string>& arguments,
                            const std::string& error_file) {
  program_outcome out;
  child_process program{arguments, error_file};
  out.exit_code = program.wait(out.output);
  return out;
}

double own_cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec)
         + static_cast<double>(used.tv_nsec) * 1e-9;
}

std::string program_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

} // namespace apogee::benchmarks
