#pragma once

#include "actors/core/group_members.hpp"
#include "actors/core/group_state.hpp"
#include "actors/protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// Messages and records of the groups between their wire form and the plain
/// structs. Decoding fails with errc::malformed, errc::illegal_name,
/// errc::invalid_argument and errc::not_supported.
namespace apogee::groups {

/// Longest id of a member, in bytes.
inline constexpr std::size_t member_id_bytes_max = 255;

struct reset_order {
  std::string topic; ///< empty: all that the group has an offset for
  core::start_policy to;
};

result<core::group_member>
decode_join(const envelope<schema::JoinRequest>& request);

result<core::member_report>
decode_report(const envelope<schema::MemberReport>& report);

result<reset_order> decode_reset(const envelope<schema::GroupReset>& request);

envelope<schema::Assignment>
encode_assignment(const std::string& group,
                  const core::group_effects::assignment& assignment);

/// What a group looks like from outside.
struct group_picture {
  struct member {
    std::string id;
    std::string node;
    std::vector<std::pair<std::string, std::uint32_t>> queues;
    core::rocketmq_member client = {}; ///< without an id: it is a native one
  };

  struct queue {
    core::group_state::queue_view view;
    core::queue_ends ends;
  };

  std::string name;
  bool ordered = false;
  std::uint64_t generation = 0;
  std::vector<member> members;
  std::vector<queue> queues;
};

envelope<schema::GroupList> encode_group(const group_picture& group);

/// One list of several; a part that does not decode is left out.
envelope<schema::GroupList>
merge_groups(const std::vector<envelope<schema::GroupList>>& parts);

append_record
make_commit_record(const std::string& group,
                   const std::vector<core::queue_commit>& commits);

} // namespace apogee::groups
