#pragma once

#include "messages/errors.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace apogee::core {

/// What becomes of a batch of messages whose append was refused or lost.
enum class send_verdict {
  fail,      ///< answer its senders with the failure
  retry,     ///< send it again, to another queue where there is one
  ask_route, ///< as retry, but the routes are wrong: ask for them first
  split,     ///< one message of several is at fault: send the halves
};

/// Decides about failed sends, and how long to pause before the next attempt.
struct send_retry {
  /// A broker that says "not now" is asked again until the sender's time is up;
  /// other failures that may pass are tried so often in all.
  std::uint32_t attempts_max = 3;
  std::chrono::milliseconds pause_first{10};
  std::chrono::milliseconds pause_max{500};

  /// `attempts` have been made, the last of which ended with `why`; the batch
  /// has `messages`, and `others` says whether another broker could take it.
  send_verdict decide(errc why, std::uint32_t attempts, std::size_t messages,
                      bool others) const;

  /// Doubles from attempt to attempt.
  std::chrono::milliseconds pause_after(std::uint32_t attempts) const;
};

} // namespace apogee::core
