#include "actors/protocol.hpp"

#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/node_id.hpp>
#include <caf/sec.hpp>
#include <caf/to_string.hpp>

namespace apogee {

caf::error make_error(const failure& why) {
  return make_error(why.code, why.text);
}

caf::error make_error(errc code, std::string text) {
  return {static_cast<std::uint8_t>(code), error_category,
          caf::make_message(std::move(text))};
}

caf::error make_error(const failure& why, const caf::strong_actor_ptr& peer) {
  if (why.code != errc::malformed)
    return make_error(why);
  const auto node = peer ? caf::to_string(peer->node()) : "unknown";
  return make_error(why.code, "the message from node " + node
                                + " does not decode: " + why.text);
}

namespace {

errc meaning(caf::sec code) {
  switch (code) {
  case caf::sec::request_timeout:
    return errc::timeout;
  case caf::sec::request_receiver_down:
  case caf::sec::no_route_to_receiving_node:
  case caf::sec::cannot_connect_to_node:
  case caf::sec::remote_lookup_failed:
  case caf::sec::disconnect_during_handshake:
    return errc::unreachable;
  case caf::sec::unexpected_message:
  case caf::sec::unexpected_actor_messaging_interface:
  case caf::sec::incompatible_versions:
  case caf::sec::incompatible_application_ids:
    return errc::version_mismatch;
  default:
    return errc::crashed;
  }
}

} // namespace

failure to_failure(const caf::error& error) {
  if (!error) // has no category to look at
    return {};
  if (error.category() == error_category) {
    std::string text;
    if (error.context().match_elements<std::string>())
      text = error.context().get_as<std::string>(0);
    return {static_cast<errc>(error.code()), std::move(text)};
  }
  if (error.category() == caf::atom("system")) {
    const auto code = static_cast<caf::sec>(error.code());
    return {meaning(code), to_string(code)};
  }
  if (error.category() == caf::atom("exit")) {
    const auto reason = static_cast<caf::exit_reason>(error.code());
    return {reason == caf::exit_reason::remote_link_unreachable
              ? errc::unreachable
              : errc::crashed,
            "the actor ended: " + to_string(reason)};
  }
  return {errc::crashed, caf::to_string(error)};
}

} // namespace apogee
