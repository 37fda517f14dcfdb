#pragma once

#include "actors/answer.hpp"
#include "actors/broker/own_messages.hpp"
#include "actors/core/delay_levels.hpp"
#include "actors/core/delay_line.hpp"
#include "actors/handle_provider.hpp"
#include "actors/special/delay_messages.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace apogee::special {

struct delay_options {
  core::delay_levels levels;
  handle_provider<caf::actor> dispatcher;
  handle_provider<caf::actor> topic_catalog;
  handle_provider<log_service_actor> log;
  /// How far each level has come, by queue of the schedule topic; after a
  /// barrier of the log.
  std::function<result<std::map<queue_id, queue_offset>>()> load_progress;
  /// Milliseconds since 1970; the clock that gives messages their store time.
  std::function<std::int64_t()> wall_clock_ms;
  std::function<void(const std::string&)> note;
};

/// The group under whose name the progress is kept in the log.
inline constexpr auto delay_group = "CID_RMQ_SYS_SCHEDULE";

/// Keeps messages until they are due: in the topic SCHEDULE_TOPIC_XXXX, which
/// has a queue for each level, with the topic and the queue where they belong
/// in their properties. A message that is due is stored there, and then the
/// level's progress; a crash in between delivers it twice.
///
/// A level on which nothing waits costs nothing. On each level messages stay in
/// order; what cannot be delivered is tried again, and those behind it wait.
/// Fails with errc::restarting until the progress is read, and as the
/// dispatcher does. Scheduled.
class delay_service {
public:
  /// `on_ready` is called when messages are taken.
  delay_service(caf::event_based_actor* self, delay_options options,
                std::function<void()> on_ready);

  caf::behavior make_behavior();

private:
  /// A message in the memory of `owner`, on its way.
  struct due_message {
    envelope<schema::PullReply> owner;
    std::string topic; ///< empty: nobody knows where it belongs
    std::uint32_t queue = 0;
    std::string properties;
    message_view message;
    bool is_done = false; ///< stored where it belongs, or dropped
  };

  /// What a level holds, in the order of its line.
  struct level {
    core::delay_line line;
    std::deque<due_message> messages;
    std::optional<std::int64_t> alarm_ms; ///< the earliest one under way
  };

  using destination = std::pair<std::string, std::uint32_t>;

  // -- the beginning ----------------------------------------------------------
  void load();
  void load_again(const failure& why);
  void load_progress(const topic_info& topic);

  // -- messages that come -----------------------------------------------------
  void keep(const delayed_append& request);

  // -- messages that are due --------------------------------------------------
  level& at(int number) {
    return levels_[static_cast<std::size_t>(number - 1)];
  }

  void go_on(int number);
  void read(int number, queue_offset from);
  void take(int number, const envelope<schema::PullReply>& pulled);
  void deliver(int number, std::size_t count);
  void store(int number, const destination& to, std::vector<std::size_t> which,
             std::function<void(std::int64_t)> then);
  void delivered(int number, std::size_t count);
  void commit(int number);

  caf::event_based_actor* self_;
  delay_options options_;
  std::function<void()> on_ready_;
  topic_id topic_; ///< of the schedule topic; 0 until the progress is read
  std::vector<level> levels_;
};

} // namespace apogee::special
