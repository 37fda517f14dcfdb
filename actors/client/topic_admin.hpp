#pragma once

#include "messages/errors.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <string>

namespace apogee::client {

/// Creates a topic at the broker with this native address (HOST:PORT) and
/// waits for the answer, up to a few seconds. Not from actors. Fails with
/// errc::topic_exists, illegal_name, invalid_argument, unreachable, timeout, …
result<void> create_topic(caf::actor_system& sys, const std::string& address,
                          const std::string& topic, std::uint32_t queues);

} // namespace apogee::client
