#pragma once

#include "messages/remoting/host_address.hpp"

#include <string>

namespace apogee::nodes {

/// The numeric address at which other machines most likely reach this one: that
/// of the default route, or of any network that is up, or 127.0.0.1. Sends
/// nothing.
std::string machine_address();

/// True when it is an address of this machine.
bool is_machine_address(const remoting::host_address& host);

} // namespace apogee::nodes
