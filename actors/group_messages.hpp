#pragma once

#include "actors/protocol.hpp"
#include "messages/group_config.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <string>

/// What is asked of a broker's group_catalog; never leaves the process.
namespace apogee {

/// A group that somebody uses: answered with its config once it is in the log
/// and has its retry topic. One that does not exist is made when
/// groups.auto-create says so; otherwise errc::unknown_group.
struct group_wanted {
  std::string name;
  bool is_ordered = false; ///< of a group that is made
};

/// Makes or alters a group; answered with its config, as above.
struct group_update {
  group_config group;
};

/// Ends a group and, unless they are kept, its offsets, those too that an
/// earlier removal has kept; answered with its last config. errc::unknown_group
/// when offsets are kept and there is no group.
struct group_removal {
  std::string name;
  bool keeps_offsets = false;
};

} // namespace apogee

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::group_config)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::group_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::group_update)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::group_removal)

namespace apogee {

/// The one who changes the broker's groups; which there are stands in a
/// core::group_table.
using group_catalog_actor =
  caf::typed_actor<caf::replies_to<group_wanted>::with<group_config>,
                   caf::replies_to<group_update>::with<group_config>,
                   caf::replies_to<group_removal>::with<group_config>>;

} // namespace apogee
