#pragma once

#include "actors/client/message.hpp"
#include "messages/errors.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace apogee::cli {

/// What became of many sends. Thread-safe: answers come on another thread.
class send_report {
public:
  /// Failures that are kept with their text.
  static constexpr std::size_t failures_max = 10;

  void accepted(std::size_t body_bytes) {
    messages_.fetch_add(1, std::memory_order_relaxed);
    bytes_.fetch_add(body_bytes, std::memory_order_relaxed);
  }

  /// The answer to the message of line `line`.
  void answered(std::uint64_t line, const result<client::receipt>& outcome);

  void failed(std::uint64_t line, const failure& why);

  std::uint64_t messages() const { return messages_; }

  std::uint64_t acknowledged() const { return acknowledged_; }

  std::uint64_t bytes() const { return bytes_; }

  /// Stored, and sent more than once on the way there.
  std::uint64_t retried() const { return retried_; }

  std::uint64_t failures() const { return failures_; }

  /// A line for each of the first failures, by line number; one that tells how
  /// many more there were. `unit` is what is counted: "line".
  std::string failures_text(const std::string& unit) const;

private:
  struct failed_line {
    std::uint64_t line = 0;
    std::string text;
  };

  std::atomic<std::uint64_t> messages_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<std::uint64_t> acknowledged_ = 0;
  std::atomic<std::uint64_t> retried_ = 0;
  std::atomic<std::uint64_t> failures_ = 0;
  mutable std::mutex mutex_;
  std::vector<failed_line> first_failures_;
};

} // namespace apogee::cli
