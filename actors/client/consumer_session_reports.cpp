#include "actors/client/ask.hpp"
#include "actors/client/consumer_session.hpp"
#include "actors/protocol.hpp"

#include <algorithm>
#include <utility>

/// How a session tells the group's coordinator how far it is, and leaves.
namespace apogee::client {

void consumer_session::report(bool is_leaving) {
  if (!groups_service_ || (is_reporting_ && !is_leaving))
    return;
  is_report_due_ = false;
  is_reporting_ = true;
  last_report_ = self_->clock().now();
  auto offsets = released_;
  for (const auto& [key, queue] : queues_)
    if (queue.progress.committable() > queue.reported)
      offsets[key] = queue.progress.committable();
  auto message = envelope<schema::MemberReport>::build(
    [&](auto out) {
      out.setGroup(shared_->settings.group);
      out.setMemberId(shared_->settings.member_id);
      out.setGeneration(taken_generation_);
      out.setLeaving(is_leaving);
      auto list = out.initOffsets(static_cast<unsigned>(offsets.size()));
      unsigned i = 0;
      for (const auto& [key, offset] : offsets) {
        list[i].initQueue().setTopic(key.first);
        list[i].getQueue().setQueue(key.second);
        list[i++].setOffset(offset.value);
      }
    },
    64 + offsets.size() * 16);
  const auto turn = ++report_turn_;
  ask_within(
    self_, is_leaving ? shared_->settings.stop_timeout : join_timeout,
    groups_service_,
    [this, turn, offsets](const envelope<schema::MemberReportReply>&) {
      if (turn == report_turn_)
        reported(offsets);
    },
    [this, turn](const caf::error& why) {
      if (turn == report_turn_)
        report_failed(to_failure(why));
    },
    std::move(message));
}

void consumer_session::reported(
  const std::map<queue_key, queue_offset>& offsets) {
  is_reporting_ = false;
  problem("groups", {});
  for (const auto& [key, offset] : offsets) {
    if (const auto found = queues_.find(key); found != queues_.end())
      found->second.reported = std::max(found->second.reported, offset);
    if (const auto found = released_.find(key);
        found != released_.end() && found->second <= offset)
      released_.erase(found);
  }
  if (is_stopping_)
    return end();
  if (is_report_due_)
    report(false);
}

void consumer_session::report_failed(const failure& why) {
  is_reporting_ = false;
  if (is_stopping_)
    return end();
  if (why.code == errc::unknown_member && groups_service_) {
    is_joined_ = false;
    is_assigned_ = false;
    released_.clear();
    return join();
  }
  problem("groups", why);
}

// -- the end ----------------------------------------------------------------

void consumer_session::stop() {
  take_events();
  is_stop_due_ = true;
  if (giving_back_ > 0 || std::exchange(is_stopping_, true))
    return;
  for (auto& [key, queue] : queues_) {
    queue.lease->is_revoked = true;
    if (queue.progress.committable() > queue.reported)
      released_[key] = queue.progress.committable();
  }
  for (auto& queue : releasing_)
    released_[{queue.lease->queue.topic, queue.lease->queue.number}] =
      queue.progress.committable();
  if (is_joined_ && groups_service_)
    return report(true);
  end();
}

void consumer_session::end() {
  self_->quit();
}

} // namespace apogee::client
