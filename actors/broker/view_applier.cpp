#include "actors/broker/view_applier.hpp"

#include "store/log_cursor.hpp"

#include <algorithm>
#include <utility>

namespace apogee::broker {

namespace {

/// Log that one transaction covers: bounds its memory and the time until the
/// next position is safe.
constexpr std::uint64_t transaction_bytes_max = 64u << 20;

/// Queues that one sweep looks at, so that a checkpoint is not held up.
constexpr std::size_t sweep_queues_max = 1000;

store::log_cursor cursor_at(const store::views& views,
                            const std::shared_ptr<store::log_reader>& log,
                            log_position limit) {
  const auto from = std::max(views.applied(), log->start());
  // Checksums of what was written by this process need no second look; a
  // start has verified them when it opened the log.
  return {log, from, limit, {.verify_checksum = false, .last_epoch = {}}};
}

} // namespace

result<void> replay(store::views& views,
                    const std::shared_ptr<store::log_reader>& log,
                    log_position end,
                    const std::function<void(log_position)>& progress) {
  auto cursor = cursor_at(views, log, end);
  while (views.applied() < end) {
    const auto step = views.apply(cursor, transaction_bytes_max);
    if (!step)
      return step.error();
    if (progress)
      progress(step->applied);
    if (step->at_end)
      break;
  }
  return {};
}

view_applier::view_applier(caf::event_based_actor* self, context_ptr shared,
                           std::shared_ptr<store::log_reader> log,
                           caf::actor flush_service)
  : self_(self), shared_(std::move(shared)), log_(std::move(log)),
    flush_service_(std::move(flush_service)) {}

caf::behavior view_applier::make_behavior() {
  self_->send(flush_service_, applier_ready{caf::actor{self_}});
  return {
    [this](const apply_order& order) { take(order); },
    [this](tick_atom) {
      is_scheduled_ = false;
      apply();
    },
  };
}

void view_applier::take(const apply_order& order) {
  limit_ = std::max(limit_, order.flushed);
  if (order.start > start_) {
    start_ = order.start;
    is_swept_ = false;
  }
  if (order.now)
    apply();
  else if (!std::exchange(is_scheduled_, true))
    self_->delayed_send(self_, shared_->settings.storage.checkpoint_interval,
                        tick_atom::value);
}

void view_applier::apply() {
  if (const auto done = replay(*shared_->views, log_, limit_, {}); !done) {
    self_->quit(make_error(errc::storage_failed, "the views cannot be written: "
                                                   + to_string(done.error())));
    return;
  }
  sweep();
  self_->send(flush_service_, apply_done{shared_->views->applied()});
}

void view_applier::sweep() {
  if (is_swept_)
    return;
  const auto swept = shared_->views->forget_before(start_, sweep_queues_max);
  // What cannot be forgotten now is only space, and is tried again.
  is_swept_ = swept && *swept;
  if (!is_swept_ && !std::exchange(is_scheduled_, true))
    self_->delayed_send(self_, shared_->settings.storage.checkpoint_interval,
                        tick_atom::value);
}

} // namespace apogee::broker
