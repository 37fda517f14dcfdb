#pragma once

#include "messages/errors.hpp"
#include "messages/remoting/codes.hpp"

namespace apogee::remoting {

/// The code that RocketMQ's clients know for a failure: the one place where
/// both numberings meet.
response_code code_of(const failure& why);

} // namespace apogee::remoting
