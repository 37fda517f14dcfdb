#include "nodes/cli/node_connection.hpp"

#include <caf/actor_cast.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace apogee::cli {

node_connection::node_connection(caf::actor_system& system, target where)
  : where_(std::move(where)),
    self_(std::make_unique<caf::scoped_actor>(system, true)) {}

result<node_connection> node_connection::open(caf::actor_system& system,
                                              target where) {
  const auto address = parse_address(where.address);
  if (!address)
    return address.error();
  node_connection out{system, std::move(where)};
  if (const auto reached = connect_to(*address, out.where_.timeout); !reached)
    return out.unreachable(reached.error().text);
  const auto door = out.find_door(system, *address);
  if (!door)
    return door.error();
  if (auto greeted = out.say_hello(*door); !greeted)
    return greeted.error();
  return out;
}

result<caf::actor> node_connection::find_door(caf::actor_system& system,
                                              const address_parts& address) {
  result<caf::actor> out{errc::timeout, {}};
  const auto foreign = [&](const std::string& why) {
    return failure{errc::version_mismatch,
                   "what listens at " + where_.address
                     + " is no Apogee node of this release (" + why
                     + "); give a node's native address, which its 'ready' "
                       "line shows"};
  };
  self()
    ->request(system.middleman().actor_handle(), caf::duration{where_.timeout},
              caf::connect_atom::value, address.host, address.port)
    .receive(
      [&](const caf::node_id&, const caf::strong_actor_ptr& door,
          const std::set<std::string>&) {
        if (door)
          out = caf::actor_cast<caf::actor>(door);
        else
          out = foreign("it publishes no actor");
      },
      [&](const caf::error& error) {
        auto why = to_failure(error);
        std::replace(why.text.begin(), why.text.end(), '_', ' ');
        out = why.code == errc::timeout ? foreign("it does not answer")
                                        : foreign(why.text);
      });
  return out;
}

result<void> node_connection::say_hello(const caf::actor& door) {
  const auto hello = envelope<schema::Hello>::build([&](auto b) {
    b.setProtocolVersion(protocol_version);
    b.setProgramVersion(APOGEE_VERSION);
    b.setService(where_.service);
  });
  result<void> out{errc::timeout, {}};
  self()
    ->request(door, caf::duration{where_.timeout}, hello)
    .receive(
      [&](const envelope<schema::Welcome>& welcome,
          const caf::strong_actor_ptr& service) {
        out = welcome.read(
          [&](schema::Welcome::Reader r) { node_ = r.getNode().cStr(); });
        service_ = caf::actor_cast<caf::actor>(service);
      },
      [&](const caf::error& why) { out = explain(why); });
  if (out && !service_)
    return {errc::restarting, "the node at " + where_.address + " has no '"
                                + where_.service + "' now; try again"};
  return out;
}

failure node_connection::explain(const caf::error& error) const {
  auto why = to_failure(error);
  if (error.category() == error_category)
    return why;
  switch (why.code) {
  case errc::timeout:
    why.text = "the node at " + where_.address + " did not answer within "
               + std::to_string(where_.timeout.count())
               + " ms; it may be overloaded: 'apogee status' shows, --timeout "
                 "gives it longer";
    break;
  case errc::unreachable:
    why.text = "the connection to the node at " + where_.address
               + " was lost; it may have been stopped";
    break;
  default:
    why.text = "the node at " + where_.address + " answered with an error ("
               + why.text + "); 'apogee supervision log' may tell why";
  }
  return why;
}

failure node_connection::unreachable(const std::string& why) const {
  return {errc::unreachable,
          "cannot reach a node at " + where_.address + ": " + why
            + "; is it running? Start one with 'apogee standalone'"
            + (where_.option.empty()
                 ? std::string{}
                 : ", or name another with " + where_.option)};
}

} // namespace apogee::cli
