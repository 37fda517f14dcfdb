#pragma once

#include "tests/benchmarks/child_process.hpp"

#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace apogee::benchmarks {

/// One of the two brokers, with a nameserver, on this machine. All functions
/// throw std::runtime_error when they fail.
class broker_side {
public:
  virtual ~broker_side() = default;

  /// Starts it on a fresh folder; returns when it serves, and the seconds that
  /// took. `is_flushed`: sends are answered once they are flushed.
  virtual double start(const std::string& folder, bool is_flushed) = 0;

  /// Stops it in order; nothing happens when it does not run.
  virtual void stop() = 0;

  virtual std::string name() const = 0;

  /// RocketMQ address of the nameserver.
  virtual std::string nameserver() const = 0;

  /// Processes that handle messages.
  virtual std::vector<pid_t> broker_processes() const = 0;

  /// Those, and the nameserver's.
  virtual std::vector<pid_t> all_processes() const = 0;

  /// Folders of the log, as long as it runs.
  virtual std::string log_folder() const = 0;
};

/// `apogee standalone`.
std::unique_ptr<broker_side> make_apogee();

/// The original; `script` starts and stops it (tests/interop/peer).
std::unique_ptr<broker_side> make_rocketmq(std::string script);

/// Throws the files below `folder` out of the page cache, once they are
/// flushed.
void drop_cached_files(const std::string& folder);

} // namespace apogee::benchmarks
