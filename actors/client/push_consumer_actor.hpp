#pragma once

#include "actors/client/consumer_session.hpp"
#include "actors/client/pull_consumer_actor.hpp"
#include "actors/client/route_watcher.hpp"

#include <caf/behavior.hpp>
#include <caf/scheduled_actor.hpp>

#include <map>
#include <string>
#include <vector>

namespace apogee::client {

/// The root of a push consumer: watches the routes of its topics and has one
/// consumer_session per broker that serves one of them. A broker that is gone
/// from the routes keeps its session, which goes on when the broker is back;
/// one that comes back at another address is followed.
///
/// Ends with stop_consumer_atom, once all sessions have ended.
class push_consumer_actor {
public:
  static inline const char* name = "push_consumer";

  push_consumer_actor(caf::scheduled_actor* self, consumer_context_ptr shared);
  ~push_consumer_actor();

  caf::behavior make_behavior();

private:
  struct broker_session {
    caf::actor actor;
    std::string address;
  };

  void routed(const route_update& update);
  void begin_broadcast(const route_update& update);
  void stop();
  void ended(const caf::actor_addr& session);

  caf::scheduled_actor* self_;
  consumer_context_ptr shared_;
  caf::actor watcher_;
  std::map<std::string, broker_session> sessions_; // by broker
  bool is_stopping_ = false;
};

} // namespace apogee::client
