#pragma once

#include "actors/broker/context.hpp"
#include "actors/broker/messages.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

namespace apogee::broker {

/// Fills the views with what stands flushed in the log, every
/// checkpoint_interval and at once when somebody waits for it, and tells the
/// flush_service how far it is. The same walk over the log as at a start, so a
/// successor goes on where the views are. Ends with errc::storage_failed when
/// the views cannot be written. Detached: the only writer of LMDB.
class view_applier {
public:
  view_applier(caf::event_based_actor* self, context_ptr shared,
               std::shared_ptr<store::log_reader> log,
               caf::actor flush_service);

  caf::behavior make_behavior();

private:
  void take(const apply_order& order);
  void apply();
  void sweep();

  caf::event_based_actor* self_;
  context_ptr shared_;
  std::shared_ptr<store::log_reader> log_;
  caf::actor flush_service_;
  log_position limit_;
  log_position start_;
  bool is_scheduled_ = false;
  bool is_swept_ = true;
};

/// Applies everything from the views' position to `end`. Blocks; for the
/// start of a broker. `progress` is called after each step.
result<void> replay(store::views& views,
                    const std::shared_ptr<store::log_reader>& log,
                    log_position end,
                    const std::function<void(log_position)>& progress);

} // namespace apogee::broker
