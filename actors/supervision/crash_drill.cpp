#include "actors/supervision/crash_drill.hpp"

#include "actors/supervision/supervisor.hpp"

#include <caf/exit_reason.hpp>
#include <caf/system_messages.hpp>

namespace apogee::supervision {

crash_drill_actor::behavior_type
crash_drill(crash_drill_actor::stateful_pointer<crash_drill_state> self,
            caf::actor target, std::string path) {
  self->set_down_handler([self, path](caf::down_msg&) {
    self->state.answer.deliver(envelope<schema::CrashReply>::build(
      [&](schema::CrashReply::Builder reply) { reply.setPath(path); }));
    self->quit();
  });
  return {
    [self, target](const envelope<schema::CrashRequest>&) {
      self->state.answer =
        self->make_response_promise<envelope<schema::CrashReply>>();
      self->monitor(target);
      self->send_exit(target,
                      make_error(errc::crashed, "made to fail by a drill"));
      self->delayed_send(self, crash_grace, crash_tick_atom::value);
      return self->state.answer;
    },
    [self, target, path](crash_tick_atom) {
      if (!self->state.killed) {
        self->state.killed = true;
        self->send_exit(target, caf::exit_reason::kill);
        self->delayed_send(self, kill_timeout, crash_tick_atom::value);
        return;
      }
      self->state.answer.deliver(make_error(
        errc::timeout, "'" + path
                         + "' hangs: it does not end when it is killed; "
                           "restart the node"));
      self->quit();
    },
  };
}

} // namespace apogee::supervision
