#pragma once

#include "messages/errors.hpp"

#include <functional>

namespace apogee {

/// Gives the present handle of an actor of this process, or why there is none
/// (errc::restarting). An actor that is restarted has a new handle, so ask
/// again when it went down. Called from any thread, must not block.
template <class Handle>
using handle_provider = std::function<result<Handle>()>;

} // namespace apogee
