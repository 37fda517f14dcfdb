#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace apogee::core {

/// Names that came up lately, the youngest `count_max` of them.
class recent_names {
public:
  using instant = std::chrono::steady_clock::time_point;

  recent_names(std::chrono::milliseconds age_max, std::size_t count_max)
    : age_max_(age_max), count_max_(count_max) {}

  void add(std::string name, instant now) {
    forget_old(now);
    if (names_.size() == count_max_)
      names_.pop_front();
    names_.push_back({std::move(name), now});
  }

  /// Looks at all of them.
  bool contains(std::string_view name, instant now) {
    forget_old(now);
    for (const auto& one : names_)
      if (one.name == name)
        return true;
    return false;
  }

private:
  struct entry {
    std::string name;
    instant added;
  };

  void forget_old(instant now) {
    while (!names_.empty() && now - names_.front().added > age_max_)
      names_.pop_front();
  }

  std::chrono::milliseconds age_max_;
  std::size_t count_max_;
  std::deque<entry> names_;
};

} // namespace apogee::core
