#include "actors/supervision/supervisor.hpp"

#include "actors/supervision/supervisor_state.hpp"

#include <caf/stateful_actor.hpp>

#include <utility>

namespace apogee::supervision {

namespace {

using supervisor_actor = caf::stateful_actor<supervisor_state>;

caf::behavior supervisor(supervisor_actor* self, const tree_context& tree,
                         const supervisor_spec& spec, const std::string& path,
                         const supervisor_place& place) {
  explain_crashes(self);
  self->state.open(tree, spec, path, place);
  self->set_down_handler(
    [self](caf::down_msg& down) { self->state.on_down(down); });
  self->set_exit_handler(
    [self](caf::exit_msg& exit) { self->state.on_exit_request(exit); });
  self->send(self, supervisor_tick_atom::value);
  return {
    [self](const start_child& request) -> caf::result<caf::actor> {
      auto started = self->state.start_dynamic(request.spec);
      if (!started)
        return make_error(started.error());
      return *started;
    },
    [self](child_ready_atom) {
      if (const auto& sender = self->current_sender())
        self->state.on_ready(sender->id());
    },
    [self](supervisor_tick_atom) { self->state.on_tick(); },
  };
}

caf::actor spawn_supervisor(caf::actor_system& system, tree_context tree,
                            supervisor_spec spec, std::string path,
                            supervisor_place place) {
  if (spec.detached)
    return system.spawn<caf::detached>(supervisor, std::move(tree),
                                       std::move(spec), std::move(path),
                                       std::move(place));
  return system.spawn(supervisor, std::move(tree), std::move(spec),
                      std::move(path), std::move(place));
}

} // namespace

child_spec as_child(supervisor_spec spec) {
  child_spec out;
  out.name = spec.name;
  out.strategy = spec.strategy;
  out.ready = ready_when::reported;
  out.start_timeout = milliseconds{0}; // its children have their own
  // Dynamic children first, all at once; then the others one by one.
  out.stop_timeout += kill_timeout;
  for (const auto& each : spec.children)
    out.stop_timeout += each.stop_timeout + kill_timeout;
  out.factory = [spec = std::move(spec)](
                  const start_context& context) -> result<caf::actor> {
    supervisor_place place;
    place.on_ready = [context](caf::event_based_actor* self) {
      report_ready(self, context);
    };
    return spawn_supervisor(context.system, context.tree, spec, context.path,
                            std::move(place));
  };
  return out;
}

caf::actor spawn_root(caf::actor_system& system, tree_context tree,
                      supervisor_spec spec, std::function<void()> on_ready) {
  tree.actors->add(spec.name, to_string(spec.strategy));
  supervisor_place place;
  place.is_root = true;
  place.on_ready = [on_ready = std::move(on_ready), actors = tree.actors,
                    log = tree.log,
                    path = spec.name](caf::event_based_actor* self) {
    actors->set_handle(path, caf::actor_cast<caf::actor>(self));
    actors->set_running(path, log->now_ms());
    if (on_ready)
      on_ready();
  };
  auto path = spec.name;
  return spawn_supervisor(system, std::move(tree), std::move(spec),
                          std::move(path), std::move(place));
}

} // namespace apogee::supervision
