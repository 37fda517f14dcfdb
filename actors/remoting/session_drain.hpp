#pragma once

#include "actors/io_actor.hpp"
#include "actors/remoting/gateway.hpp"

#include <caf/behavior.hpp>

#include <chrono>

namespace apogee::remoting {

/// Longest time that a node's end is put off for messages that are not stored.
inline constexpr std::chrono::milliseconds drain_timeout{4'000};

/// Stands between a port's sessions and the storage at the orderly end of a
/// node: told to shut down, it has the sessions read no more, and ends when all
/// that they have read is stored or refused, one-way messages included, and
/// services have answered what was left to them, or after drain_timeout, which
/// it notes. Pulls are not waited for. Started anew, it has the sessions read
/// again.
///
/// To be stopped before the storage, while the sessions live. Lives in the I/O
/// thread.
caf::behavior session_drain(io_actor* self, gateway_ptr shared);

} // namespace apogee::remoting
