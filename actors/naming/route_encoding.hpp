#pragma once

#include "actors/core/route_table.hpp"
#include "messages/envelope.hpp"
#include "messages/route.capnp.h"

#include <vector>

/// Registrations and routes between their wire form and the plain structs.
namespace apogee::naming {

envelope<schema::RegisterRequest>
encode_registration(const core::registration_report& report);

/// Fails with errc::malformed when the bytes do not decode, and with
/// errc::invalid_argument when the broker has no name.
result<core::registration_report>
decode_registration(const envelope<schema::RegisterRequest>& request);

envelope<schema::RouteReply>
encode_routes(const std::vector<core::registered_route>& routes);

} // namespace apogee::naming
