#pragma once

#include <cstdint>
#include <optional>

namespace apogee::core {

/// How far a count that only grows had come when today and yesterday began.
class day_marks {
public:
  /// Takes the count as it is now. Days are numbered; 0 is as good as any.
  void take(std::int64_t day, std::uint64_t count) {
    if (day_ && day != *day_) {
      yesterday_ = day == *day_ + 1 ? today_ : count;
      today_ = count;
    }
    day_ = day;
  }

  std::uint64_t today() const { return today_; }

  std::uint64_t yesterday() const { return yesterday_; }

private:
  std::optional<std::int64_t> day_;
  std::uint64_t today_ = 0;
  std::uint64_t yesterday_ = 0;
};

} // namespace apogee::core
