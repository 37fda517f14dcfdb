#pragma once

#include "messages/errors.hpp"

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

namespace apogee::core {

/// Counts who waits, so that neither all together nor one alone takes more
/// places than there are for them. Outlives its places.
class waiting_places {
public:
  /// Any address that is the asker's own for as long as it waits.
  using asker = const void*;

  waiting_places(std::size_t all_max, std::size_t one_max)
    : all_max_(all_max), one_max_(one_max) {}

  waiting_places(const waiting_places&) = delete;
  waiting_places& operator=(const waiting_places&) = delete;

  /// Given back when it is destroyed.
  class place {
  public:
    place() = default;

    place(place&& other) noexcept
      : of_(std::exchange(other.of_, nullptr)), asker_(other.asker_) {}

    place& operator=(place&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(asker_, other.asker_);
      return *this;
    }

    ~place() {
      if (of_ != nullptr)
        of_->give_back(asker_);
    }

  private:
    friend class waiting_places;

    place(waiting_places* of, asker who) : of_(of), asker_(who) {}

    waiting_places* of_ = nullptr;
    asker asker_ = nullptr;
  };

  /// errc::busy when there is none left.
  result<place> take(asker who) {
    if (taken_ >= all_max_)
      return {errc::busy, std::to_string(taken_)
                            + " pulls wait at this queue already; come again "
                              "later"};
    auto& of_asker = by_asker_[who];
    if (of_asker >= one_max_)
      return {errc::busy, std::to_string(of_asker)
                            + " pulls of this client wait at this queue "
                              "already; wait for their answers"};
    ++of_asker;
    ++taken_;
    return place{this, who};
  }

private:
  void give_back(asker who) {
    --taken_;
    const auto found = by_asker_.find(who);
    if (--found->second == 0)
      by_asker_.erase(found);
  }

  std::size_t all_max_;
  std::size_t one_max_;
  std::size_t taken_ = 0;
  std::unordered_map<asker, std::size_t> by_asker_;
};

} // namespace apogee::core
