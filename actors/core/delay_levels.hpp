#pragma once

#include "messages/errors.hpp"

#include <chrono>
#include <string_view>
#include <vector>

namespace apogee::core {

/// How long messages of each delay level are kept: RocketMQ's
/// messageDelayLevel. Levels count from 1.
class delay_levels {
public:
  /// Each level has a queue of its own.
  static constexpr int count_max = 64;

  /// Of a text as above, with the units s, m, h and d. errc::invalid_argument.
  static result<delay_levels> parse(std::string_view text);

  int count() const { return static_cast<int>(delays_.size()); }

  /// REQUIRES: 1 ≤ `level` ≤ count().
  std::chrono::milliseconds delay(int level) const {
    return delays_[static_cast<std::size_t>(level - 1)];
  }

  /// The level that a message has which asks for this one: not above the last.
  int within(int level) const { return level > count() ? count() : level; }

  /// The first level that lasts for so long; the last one when none does.
  int at_least(std::chrono::milliseconds delay) const;

private:
  std::vector<std::chrono::milliseconds> delays_;
};

} // namespace apogee::core
