#pragma once

#include "tests/support/node_process.hpp"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace apogee::drills {

/// examples/producer as a process, which is fed a line every millisecond.
class example_producer {
public:
  example_producer(const std::string& topic, const std::string& nameserver);
  ~example_producer();

  example_producer(const example_producer&) = delete;
  example_producer& operator=(const example_producer&) = delete;

  /// Lines so far; the n-th is line(n).
  std::size_t written() const { return written_; }

  static std::string line(std::size_t number);

  /// Ends the input and waits until the program has an answer for each line;
  /// its exit code, or -1.
  int finish();

  /// What it printed last: "N stored, M failed".
  std::string summary() const;

  /// The lines of which it said that they are not stored.
  std::set<std::string> refused() const;

private:
  void feed();

  temporary_folder folder_;
  int input_ = -1;
  std::unique_ptr<process> process_;
  std::atomic<std::size_t> written_{0};
  std::atomic<bool> is_ending_{false};
  std::thread feeder_;
};

/// examples/consumer as a process.
class example_consumer {
public:
  example_consumer(const std::string& topic, const std::string& group,
                   const std::string& nameserver);

  /// Bodies that it has printed.
  std::set<std::string> received() const;

  /// Asks it to end; its exit code, or -1.
  int stop();

private:
  process process_;
};

} // namespace apogee::drills
