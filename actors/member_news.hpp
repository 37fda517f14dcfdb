#pragma once

#include <caf/atom.hpp>

namespace apogee {

/// With the name of a group, between those who know its native members and
/// those who know its RocketMQ members: the members of your kind have new
/// company, or may have queues that the others had (core::group_members,
/// core::queue_locks).
using members_atom = caf::atom_constant<caf::atom("members")>;

} // namespace apogee
