#include "tests/benchmarks/against_rocketmq/broker_side.hpp"

#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

namespace apogee::benchmarks {

namespace {

namespace fs = std::filesystem;

/// The nameserver's address in a line
/// "ready nameserver=HOST:PORT broker=HOST:PORT …".
std::string nameserver_of(const std::string& ready_line) {
  constexpr std::string_view key = "nameserver=";
  const auto start = ready_line.find(key);
  if (!ready_line.starts_with("ready ") || start == std::string::npos)
    throw std::runtime_error("not a ready line: " + ready_line);
  const auto value = start + key.size();
  return ready_line.substr(value,
                           ready_line.find_first_of(" \n", value) - value);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>{std::chrono::steady_clock::now() - start}
    .count();
}

class apogee_side : public broker_side {
public:
  double start(const std::string& folder, bool is_flushed) override {
    const auto start = std::chrono::steady_clock::now();
    log_folder_ = folder + "/data";
    node_.emplace(
      std::vector<std::string>{program_folder() + "/apogee", "standalone",
                               "--data", log_folder_, "--nameserver-port", "0",
                               "--broker-port", "0", "--native-port", "0",
                               std::string{"--remoting.flush-disk="}
                                 + (is_flushed ? "true" : "false")},
      folder + "/node.log");
    nameserver_ = nameserver_of(node_->read_line());
    return seconds_since(start);
  }

  void stop() override {
    if (node_)
      node_->stop();
    node_.reset();
  }

  std::string name() const override { return "Apogee"; }

  std::string nameserver() const override { return nameserver_; }

  std::vector<pid_t> broker_processes() const override { return {node_->id()}; }

  std::vector<pid_t> all_processes() const override {
    return broker_processes();
  }

  std::string log_folder() const override { return log_folder_; }

private:
  std::optional<child_process> node_;
  std::string nameserver_;
  std::string log_folder_;
};

class rocketmq_side : public broker_side {
public:
  explicit rocketmq_side(std::string script) : script_(std::move(script)) {}

  ~rocketmq_side() override { stop(); }

  double start(const std::string& folder, bool is_flushed) override {
    const auto start = std::chrono::steady_clock::now();
    folder_ = folder;
    const auto outcome =
      run_program({script_, "start", folder, "--heap", "2g",
                   std::string{"flushDiskType="}
                     + (is_flushed ? "SYNC_FLUSH" : "ASYNC_FLUSH")},
                  folder + "/start.log");
    if (outcome.exit_code != 0)
      throw std::runtime_error{
        script_ + " could not start RocketMQ: " + outcome.output};
    nameserver_ = nameserver_of(outcome.output);
    return seconds_since(start);
  }

  void stop() override {
    if (!folder_.empty())
      run_program({script_, "stop", folder_}, folder_ + "/stop.log");
    folder_.clear();
  }

  std::string name() const override { return "RocketMQ"; }

  std::string nameserver() const override { return nameserver_; }

  std::vector<pid_t> broker_processes() const override {
    return processes("broker");
  }

  std::vector<pid_t> all_processes() const override { return processes(""); }

  std::string log_folder() const override { return folder_; }

private:
  std::vector<pid_t> processes(const std::string& prefix) const {
    std::vector<pid_t> out;
    for (const auto& entry : fs::directory_iterator{folder_}) {
      const auto& path = entry.path();
      pid_t id = 0;
      if (path.extension() == ".pid"
          && path.filename().string().starts_with(prefix)
          && std::ifstream{path} >> id)
        out.push_back(id);
    }
    return out;
  }

  std::string script_;
  std::string nameserver_;
  std::string folder_; ///< empty: it does not run
};

} // namespace

std::unique_ptr<broker_side> make_apogee() {
  return std::make_unique<apogee_side>();
}

std::unique_ptr<broker_side> make_rocketmq(std::string script) {
  return std::make_unique<rocketmq_side>(std::move(script));
}

void drop_cached_files(const std::string& folder) {
  ::sync();
  // Not everybody may; what is mapped stays in memory then.
  if (std::ofstream all{"/proc/sys/vm/drop_caches"}; all << 3 << std::flush)
    return;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    if (!entry.is_regular_file())
      continue;
    const auto file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
  }
}

} // namespace apogee::benchmarks
