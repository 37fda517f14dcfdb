#pragma once

#include "actors/broker/messages.hpp"

#include <cstdint>

namespace apogee::broker {

/// Looks at every message of a request, which may be anything, before any of
/// them is given an offset. The batch points into the request's words and has
/// neither queue, offset nor term yet. Fails with errc::malformed,
/// invalid_argument, message_too_large (over `message_size_max` bytes of body),
/// no_replica_configured.
result<staged_batch>
check_append(const envelope<schema::AppendRequest>& request,
             std::uint64_t message_size_max);

} // namespace apogee::broker
