#pragma once

#include "actors/protocol.hpp"

#include <caf/response_promise.hpp>

#include <utility>

namespace apogee {

/// A promised answer that is given exactly once. CAF never answers a promise
/// that is dropped; this one answers errc::restarting when it is destroyed
/// with its actor, so that nobody waits for a time-out. Belongs to the actor
/// that made it; move only.
class answer {
public:
  answer() = default;

  explicit answer(caf::response_promise promise)
    : promise_(std::move(promise)) {}

  answer(answer&& other) noexcept
    : promise_(std::exchange(other.promise_, {})) {}

  answer& operator=(answer&& other) noexcept {
    abandon();
    promise_ = std::exchange(other.promise_, {});
    return *this;
  }

  ~answer() { abandon(); }

  template <class... Ts>
  void give(Ts&&... values) {
    if (promise_.pending())
      promise_.deliver(std::forward<Ts>(values)...);
    promise_ = {};
  }

  /// The text of errc::malformed names the node that asked.
  void refuse(const failure& why) {
    if (promise_.pending())
      promise_.deliver(make_error(why, promise_.source()));
    promise_ = {};
  }

  /// Leaves the answer to `next`, to which it sends `values`.
  template <class Handle, class... Ts>
  void delegate(const Handle& next, Ts&&... values) {
    promise_.delegate(next, std::forward<Ts>(values)...);
    promise_ = {};
  }

  bool is_pending() const { return promise_.pending(); }

private:
  void abandon() {
    if (promise_.pending())
      refuse({errc::restarting, "the part of the node that served this "
                                "request is being restarted; try again"});
  }

  caf::response_promise promise_;
};

} // namespace apogee
