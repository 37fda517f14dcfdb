#pragma once

#include "actors/handle_provider.hpp"
#include "actors/protocol.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <unordered_map>

namespace apogee::remoting {

/// Who serves requests, by code.
using service_map =
  std::unordered_map<std::int32_t, handle_provider<caf::actor>>;

/// What the command line asks as RocketMQ's tools do, through the native port:
/// passes it on to the service that serves the code, and the answer back. Takes
/// the codes that need no connection of the asker: settings, connections,
/// offsets of a group, write permission of a broker. Fails with
/// errc::not_supported for others, errc::malformed, invalid_argument, busy with
/// too many that are not answered, and as whom it asks. Scheduled; keeps
/// nothing.
tool_service_actor::behavior_type tool_service(tool_service_actor::pointer self,
                                               service_map services);

} // namespace apogee::remoting
