#pragma once

#include "messages/remoting/codes.hpp"
#include "messages/remoting/host_address.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// What sessions and the services behind them say to each other; never leaves
/// the process.
namespace apogee::remoting {

/// Who is at the other end of a connection.
struct peer {
  std::string address;  ///< "10.1.2.3:50000"
  caf::actor session;   ///< goes down with the connection
  host_address reached; ///< our address at this end, without a port
};

using text_fields = std::vector<std::pair<std::string, std::string>>;

/// A request that a session leaves to a service. The frame is whole and was
/// decoded before, so it decodes again.
struct service_request {
  std::string frame;
  peer from;
};

/// What a service answers; the session knows how to write it for its peer.
struct service_answer {
  response_code code = response_code::success;
  std::string remark = {};
  text_fields fields = {};
  std::string body = {};
};

/// To a session: ask its client. With `is_oneway` nothing is answered,
/// otherwise the client's service_answer or, when it does not come in time,
/// errc::timeout.
struct client_request {
  request_code code{};
  text_fields fields = {};
  std::string body = {};
  bool is_oneway = true;
};

/// To the service of clients: ask a member of a group. Answered with what the
/// member answers or, when it is not there or silent, with a refusal.
struct member_request {
  std::string group;
  std::string client;
  client_request what;
};

/// How far a group has come in a queue.
struct offset_update {
  std::string group;
  std::string topic;
  std::uint32_t queue = 0;
  std::uint64_t offset = 0;
};

/// From a session, for the offsets that came along with pulls.
struct offset_updates {
  std::vector<offset_update> all;
};

/// To a session: whether it reads depends on what has changed in its gateway.
using throttle_atom = caf::atom_constant<caf::atom("throttle")>;

// From a session to itself, later.

using again_atom = caf::atom_constant<caf::atom("sendagain")>;
using flush_atom = caf::atom_constant<caf::atom("flushout")>;
using tell_offsets_atom = caf::atom_constant<caf::atom("tellofs")>;
using too_long_atom = caf::atom_constant<caf::atom("toolong")>;
using forget_atom = caf::atom_constant<caf::atom("forget")>;

struct topic_awaited {
  std::string name;
};

} // namespace apogee::remoting

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::remoting::service_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::remoting::service_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::remoting::client_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::remoting::member_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::remoting::offset_updates)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(apogee::remoting::topic_awaited)
