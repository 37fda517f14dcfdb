#pragma once

#include "actors/groups/group_directory.hpp"
#include "actors/supervision/child_spec.hpp"

#include <string>

namespace apogee::groups {

/// Name of the directory below its supervisor: the path of service "groups" is
/// "…/groups/directory".
inline constexpr auto directory_name = "directory";
inline constexpr auto committer_name = "offset_committer";

/// The supervisor "groups": the offset_committer, the directory, ready when it
/// knows the groups of the views, and a dynamic child "group:NAME" for each
/// group in use. A coordinator that crashes is not restarted there but by its
/// members' next join.
supervision::supervisor_spec groups_tree(group_services_ptr services);

} // namespace apogee::groups
