#pragma once

#include "actors/naming/registrar.hpp"
#include "actors/naming/route_registry.hpp"
#include "tests/support/actor_test.hpp"

#include <caf/event_based_actor.hpp>

#include <string>
#include <vector>

namespace apogee::naming {

/// What tests of nameservers and registrars do.
class naming_test : public actor_test {
protected:
  // An actor with a timer never ends by itself, and its system waits for it.
  void TearDown() override {
    for (const auto& x : started_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    run();
  }

  template <class... Ts>
  auto start_actor(Ts&&... arguments) {
    auto handle = sys.spawn(std::forward<Ts>(arguments)...);
    started_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

  nameserver_actor start_nameserver() {
    return start_actor(route_registry, nameserver_options);
  }

  static void stop(const nameserver_actor& nameserver) {
    caf::anon_send_exit(nameserver, caf::exit_reason::kill);
  }

  /// "broker-a/4 broker-b/4 " for a topic; "?" when there was no answer.
  std::string routes(const nameserver_actor& nameserver,
                     const std::string& topic) {
    std::string text = "?";
    auto reply = self->request(nameserver, caf::infinite,
                               envelope<schema::RouteRequest>::build(
                                 [&](auto out) { out.setTopic(topic); }));
    run();
    reply.receive(
      [&](const envelope<schema::RouteReply>& routes) {
        auto read = routes.read([](schema::RouteReply::Reader in) {
          std::string out;
          for (const auto route : in.getRoutes())
            out += std::string{route.getBroker().getName()} + "/"
                   + std::to_string(route.getQueues().getWrite()) + " ";
          return out;
        });
        text = read ? *read : to_string(read.error());
      },
      [&](const caf::error& why) { text = to_string(to_failure(why)); });
    return text;
  }

  route_registry_options nameserver_options;

private:
  std::vector<caf::actor> started_;
};

} // namespace apogee::naming
