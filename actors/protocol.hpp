#pragma once

#include "messages/admin.capnp.h"
#include "messages/client.capnp.h"
#include "messages/envelope.hpp"
#include "messages/errors.hpp"
#include "messages/group.capnp.h"
#include "messages/ids.hpp"
#include "messages/record.hpp"
#include "messages/route.capnp.h"
#include "messages/topic_info.hpp"

#include <caf/actor.hpp>
#include <caf/atom.hpp>
#include <caf/error.hpp>
#include <caf/replies_to.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include <string>
#include <vector>

/// Every message type, atom and typed interface of the actors. Read this
/// first.
///
/// What crosses nodes is a Cap'n Proto message in an envelope; plain structs
/// stay inside one process. A failure is answered as a caf::error of the
/// category "apogee" (see make_error and to_failure below); a request that was
/// accepted is always answered or, when its actor is destroyed, refused with
/// errc::restarting or errc::shutting_down.
namespace apogee {

/// Version of everything in this file that crosses nodes. Peers of another
/// version are refused in the first message.
inline constexpr std::uint32_t protocol_version = 1;

// -- in-process messages ----------------------------------------------------

/// A record other than a message, to be appended to the log. `body` holds one
/// flat Cap'n Proto segment (what envelope_builder::finish() returns, without
/// its first word), of the schema that belongs to `type`.
struct append_record {
  record_type type = record_type::offset_commit;
  ack_level ack = ack_level::memory;
  envelope_words body;
};

} // namespace apogee

CAF_BEGIN_TYPE_ID_BLOCK(apogee, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::Hello>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::Welcome>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::AppendRequest>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::AppendReply>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::PullRequest>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::PullReply>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::OffsetQuery>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::OffsetAnswer>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::JoinRequest>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::JoinReply>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::Assignment>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::MemberReport>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::MemberReportReply>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::GroupQuery>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::GroupList>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::GroupReset>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::TopicCreate>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::TopicDelete>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::TopicQuery>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::TopicList>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::StatusRequest>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::StatusReply>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::TreeRequest>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::TreeReply>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::LogRequest>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::LogReply>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::CrashRequest>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::CrashReply>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::RegisterRequest>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::RegisterReply>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::RouteRequest>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::RouteReply>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::TopicUpdate>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::SendBack>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::SendBackReply>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::ToolRequest>))
  CAF_ADD_TYPE_ID(apogee, (apogee::envelope<apogee::schema::ToolReply>))

CAF_END_TYPE_ID_BLOCK(apogee)

// In-process only: they are never serialized.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::append_record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<apogee::topic_info>)

namespace apogee {

// -- atoms ------------------------------------------------------------------

using barrier_atom = caf::atom_constant<caf::atom("barrier")>;

// -- interfaces between nodes -----------------------------------------------

/// The one published actor of a node. Answers who it is and gives the present
/// handle of a service; peers ask again when that handle goes down, since the
/// service may have been restarted.
using node_door_actor =
  caf::typed_actor<caf::replies_to<envelope<schema::Hello>>::with<
    envelope<schema::Welcome>, caf::strong_actor_ptr>>;

/// Service "broker": the door to a broker's queues.
using broker_service_actor =
  caf::typed_actor<caf::replies_to<envelope<schema::AppendRequest>>::with<
                     envelope<schema::AppendReply>>,
                   caf::replies_to<envelope<schema::PullRequest>>::with<
                     envelope<schema::PullReply>>,
                   caf::replies_to<envelope<schema::OffsetQuery>>::with<
                     envelope<schema::OffsetAnswer>>>;

/// What a group's coordinator tells a member; sent as plain messages.
using group_member_actor =
  caf::typed_actor<caf::reacts_to<envelope<schema::Assignment>>>;

/// The members of consumer groups and their offsets. The actor handle in a join
/// is the member (a group_member_actor); the coordinator monitors it.
using group_membership_actor =
  caf::typed_actor<caf::replies_to<envelope<schema::JoinRequest>, caf::actor>::
                     with<envelope<schema::JoinReply>>,
                   caf::replies_to<envelope<schema::MemberReport>>::with<
                     envelope<schema::MemberReportReply>>,
                   caf::replies_to<envelope<schema::GroupQuery>>::with<
                     envelope<schema::GroupList>>,
                   caf::replies_to<envelope<schema::GroupReset>>::with<
                     envelope<schema::GroupList>>>;

/// Service "groups": that, and where members give back what they could not
/// consume.
using group_service_actor = group_membership_actor::extend<caf::replies_to<
  envelope<schema::SendBack>>::with<envelope<schema::SendBackReply>>>;

/// Service "admin": topics and the broker's state.
using admin_service_actor =
  caf::typed_actor<caf::replies_to<envelope<schema::TopicCreate>>::with<
                     envelope<schema::TopicList>>,
                   caf::replies_to<envelope<schema::TopicUpdate>>::with<
                     envelope<schema::TopicList>>,
                   caf::replies_to<envelope<schema::TopicDelete>>::with<
                     envelope<schema::TopicList>>,
                   caf::replies_to<envelope<schema::TopicQuery>>::with<
                     envelope<schema::TopicList>>,
                   caf::replies_to<envelope<schema::StatusRequest>>::with<
                     envelope<schema::StatusReply>>>;

/// Services "broker_tools" and "nameserver_tools": what RocketMQ's tools ask
/// either of them.
using tool_service_actor = caf::typed_actor<caf::replies_to<
  envelope<schema::ToolRequest>>::with<envelope<schema::ToolReply>>>;

/// Service "nameserver". The actor handle in a registration is the broker's
/// registrar: its routes are gone at once when it goes down.
using nameserver_actor = caf::typed_actor<
  caf::replies_to<envelope<schema::RegisterRequest>,
                  caf::actor>::with<envelope<schema::RegisterReply>>,
  caf::replies_to<envelope<schema::RouteRequest>>::with<
    envelope<schema::RouteReply>>>;

/// Service "supervision": the tree, its log, and failures on demand.
using supervision_service_actor =
  caf::typed_actor<caf::replies_to<envelope<schema::TreeRequest>>::with<
                     envelope<schema::TreeReply>>,
                   caf::replies_to<envelope<schema::LogRequest>>::with<
                     envelope<schema::LogReply>>,
                   caf::replies_to<envelope<schema::CrashRequest>>::with<
                     envelope<schema::CrashReply>>>;

// -- interfaces inside a broker ---------------------------------------------

/// The log, for actors that keep state in it. A record is answered with the
/// position behind it once it is safe at its level (errc::storage_failed,
/// disk_full when it cannot be). A barrier is answered, with that position,
/// once the views have applied everything that was sent before it.
using log_service_actor =
  caf::typed_actor<caf::replies_to<append_record>::with<log_position>,
                   caf::replies_to<barrier_atom>::with<log_position>>;

/// The broker's topics. A subscriber gets all topics as the answer and every
/// later change (created, altered, deleted) as a vector of what changed.
using topic_catalog_actor =
  caf::typed_actor<caf::replies_to<caf::subscribe_atom,
                                   caf::actor>::with<std::vector<topic_info>>>;

// -- failures ---------------------------------------------------------------

/// Category of our errors; the code is an errc.
inline constexpr auto error_category = caf::atom("apogee");

/// A failure as the error that an actor answers.
caf::error make_error(const failure& why);
caf::error make_error(errc code, std::string text);

/// As above; the text of errc::malformed names the node of `peer`, who sent
/// what did not decode.
caf::error make_error(const failure& why, const caf::strong_actor_ptr& peer);

/// Any error as a failure: ours as they were made, CAF's own by meaning
/// (request_timeout → timeout; request_receiver_down, broken connections →
/// unreachable; remote version or type trouble → version_mismatch). No error,
/// such as the reason of a normal exit, is errc::none.
failure to_failure(const caf::error& error);

} // namespace apogee
