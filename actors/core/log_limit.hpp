#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace apogee::core {

/// Keeps what others do from filling the log: of each kind of line one in an
/// interval is let through.
class log_limit {
public:
  using instant = std::chrono::steady_clock::time_point;

  explicit log_limit(
    std::chrono::milliseconds interval = std::chrono::seconds{10})
    : interval_(interval) {}

  /// None: leave the line out. Otherwise write it; the number is how many were
  /// left out since the last one.
  std::optional<std::uint64_t> admit(std::string_view kind, instant now) {
    const auto [found, is_first] = kinds_.try_emplace(std::string{kind});
    auto& x = found->second;
    if (!is_first && now < x.next) {
      ++x.left_out;
      return {};
    }
    x.next = now + interval_;
    return std::exchange(x.left_out, 0);
  }

private:
  struct state {
    instant next;
    std::uint64_t left_out = 0;
  };

  std::chrono::milliseconds interval_;
  std::map<std::string, state> kinds_; // as many as the code names
};

} // namespace apogee::core
