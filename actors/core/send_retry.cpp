#include "actors/core/send_retry.hpp"

#include <algorithm>

namespace apogee::core {

send_verdict send_retry::decide(errc why, std::uint32_t attempts,
                                std::size_t messages, bool others) const {
  const auto fault_of_one = why == errc::message_too_large
                            || why == errc::malformed
                            || why == errc::invalid_argument;
  if (fault_of_one)
    return messages > 1 ? send_verdict::split : send_verdict::fail;
  // A clear "not now" is asked again until the sender's time is up.
  if (why == errc::busy || why == errc::restarting
      || why == errc::shutting_down)
    return send_verdict::retry;
  if (attempts >= attempts_max)
    return send_verdict::fail;
  if (why == errc::unknown_topic || why == errc::unknown_queue
      || why == errc::no_route)
    return send_verdict::ask_route;
  if (is_transient(why) || why == errc::crashed)
    return send_verdict::retry;
  // A broker whose store is full or broken refuses; another one may not.
  if (why >= errc::disk_full && why < errc::invalid_config && others)
    return send_verdict::retry;
  return send_verdict::fail;
}

std::chrono::milliseconds
send_retry::pause_after(std::uint32_t attempts) const {
  auto pause = pause_first;
  for (std::uint32_t i = 1; i < attempts && pause < pause_max; ++i)
    pause *= 2;
  return std::min(pause, pause_max);
}

} // namespace apogee::core
