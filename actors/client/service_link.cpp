#include "actors/client/service_link.hpp"

#include "actors/client/ask.hpp"
#include "actors/protocol.hpp"
#include "messages/address.hpp"

#include <caf/actor_cast.hpp>
#include <caf/node_id.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace apogee::client {

namespace {

using retry_atom = caf::atom_constant<caf::atom("retrylink")>;

} // namespace

service_link::service_link(caf::scheduled_actor* self, caf::actor owner,
                           caf::actor connector, link_target target)
  : self_(self), owner_(std::move(owner)), connector_(std::move(connector)),
    target_(std::move(target)) {}

caf::behavior service_link::make_behavior() {
  self_->set_down_handler([this](caf::down_msg& down) {
    if (service_ && down.source == service_.address())
      lost(to_failure(down.reason));
  });
  connect();
  return {[this](retry_atom) { connect(); }};
}

void service_link::connect() {
  if (target_.addresses.empty())
    return lost({errc::invalid_argument, "no address is given"});
  address_ = target_.addresses[next_address_ % target_.addresses.size()];
  const auto to = split_address(address_);
  if (!to)
    return lost({errc::invalid_argument,
                 "'" + address_ + "' is not an address; give HOST:PORT"});
  ask_within(
    self_, link_connect_timeout, connector_,
    [this](const caf::node_id&, const caf::strong_actor_ptr& door,
           const std::set<std::string>&) {
      if (door)
        say_hello(caf::actor_cast<caf::actor>(door));
      else
        lost({errc::version_mismatch, "nothing is published there"});
    },
    [this](const caf::error& why) { lost(to_failure(why)); },
    caf::connect_atom::value, to->host, to->port);
}

void service_link::say_hello(const caf::actor& door) {
  auto hello = envelope<schema::Hello>::build([&](auto out) {
    out.setProtocolVersion(protocol_version);
    out.setService(target_.service);
  });
  ask_within(
    self_, link_connect_timeout, door,
    [this](const envelope<schema::Welcome>&,
           const caf::strong_actor_ptr& service) { take(service); },
    [this](const caf::error& why) { lost(to_failure(why)); }, std::move(hello));
}

void service_link::take(const caf::strong_actor_ptr& service) {
  if (!service)
    return lost(
      {errc::restarting, "service '" + target_.service + "' is not there"});
  service_ = caf::actor_cast<caf::actor>(service);
  pause_ = link_pause_first;
  self_->monitor(service_);
  tell(self_, owner_, link_update{target_.link, service_, {}});
}

void service_link::lost(failure why) {
  service_ = nullptr;
  ++next_address_;
  why.text = "no connection to service '" + target_.service + "' at " + address_
             + ": " + std::string{to_string(why.code)} + " " + why.text;
  if (why.code != errc::version_mismatch && why.code != errc::unknown_service
      && why.code != errc::invalid_argument)
    why.code = errc::unreachable;
  tell(self_, owner_, link_update{target_.link, nullptr, std::move(why)});
  remind(self_, pause_, retry_atom::value);
  pause_ = std::min(pause_ * 2, link_pause_max);
}

} // namespace apogee::client
