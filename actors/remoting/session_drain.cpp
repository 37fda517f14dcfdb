#include "actors/remoting/session_drain.hpp"

#include "actors/broker/tell.hpp"
#include "actors/remoting/messages.hpp"
#include "actors/remoting/session.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <string>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using look_atom = caf::atom_constant<caf::atom("look")>;

constexpr auto look_interval = 5ms;

void set_draining(gateway& shared, bool is_draining) {
  shared.is_draining = is_draining;
  for (const auto* one : shared.sessions)
    caf::anon_send(one->handle(), throttle_atom::value);
}

/// Sessions with requests that are not answered.
std::ptrdiff_t busy_sessions(const gateway& shared) {
  return std::count_if(shared.sessions.begin(), shared.sessions.end(),
                       [](const auto* one) { return one->has_unanswered(); });
}

void look_again(io_actor* self, clock::time_point deadline) {
  caf::delayed_anon_send(broker::handle_of(self), look_interval,
                         look_atom::value, deadline.time_since_epoch().count());
}

} // namespace

caf::behavior session_drain(io_actor* self, gateway_ptr shared) {
  set_draining(*shared, false);
  self->set_exit_handler([self, shared](const caf::exit_msg& exit) {
    if (exit.reason != caf::exit_reason::user_shutdown) {
      self->quit(exit.reason);
      return;
    }
    set_draining(*shared, true);
    look_again(self, clock::now() + drain_timeout);
  });
  return {[self, shared](look_atom, clock::rep deadline) {
    const auto busy = busy_sessions(*shared);
    const auto is_late = clock::now().time_since_epoch().count() > deadline;
    if (busy > 0 && !is_late) {
      look_again(self, clock::time_point{clock::duration{deadline}});
      return;
    }
    if (busy > 0)
      shared->note("what " + std::to_string(busy)
                   + " connections have sent could not be stored or answered "
                     "before the node's end: it was busy for "
                   + std::to_string(drain_timeout.count()) + " ms");
    self->quit(caf::exit_reason::user_shutdown);
  }};
}

} // namespace apogee::remoting
