#pragma once

#include "actors/broker/group_catalog.hpp"
#include "actors/special/delay_progress.hpp"
#include "actors/special/delay_service.hpp"
#include "actors/special/retry_service.hpp"
#include "messages/names.hpp"
#include "tests/actors/broker/broker_test.hpp"

namespace apogee::special {

using namespace std::chrono_literals;
using broker::pulled;

/// A broker with its delays and retries, in virtual time.
class Retry : public broker::broker_test {
protected:
  void SetUp() override { begin(); }

  void TearDown() override { end(); }

  void begin() {
    start();
    groups = spawn_core<broker::group_catalog>(
      broker::context_ptr{shared}, caf::actor_cast<log_service_actor>(flush),
      catalog, std::function<void()>{[] {}});
    run();
    delay = start_delay();
    retry_options options;
    options.levels = levels;
    options.statistics = shared->statistics;
    options.dispatcher = [this] { return dispatcher(); };
    options.topic_catalog = [this] { return result<caf::actor>{catalog}; };
    options.group_catalog = [this] {
      return result<group_catalog_actor>{
        caf::actor_cast<group_catalog_actor>(groups)};
    };
    options.delay = [this] {
      return result<delay_service_actor>{
        caf::actor_cast<delay_service_actor>(delay)};
    };
    options.has_locks = [](const std::string&) { return false; };
    retry = spawn_core<retry_service>(std::move(options));
    run();
  }

  void end_delay() {
    caf::anon_send_exit(delay, caf::exit_reason::kill);
    run();
  }

  caf::actor start_delay() {
    delay_options options;
    options.levels = levels;
    options.dispatcher = [this] { return dispatcher(); };
    options.topic_catalog = [this] { return result<caf::actor>{catalog}; };
    options.log = [this] {
      return result<log_service_actor>{
        caf::actor_cast<log_service_actor>(flush)};
    };
    options.load_progress =
      [this]() -> result<std::map<queue_id, queue_offset>> {
      if (progress_failure.code != errc::none)
        return progress_failure;
      return load_delay_progress(*shared->views);
    };
    options.wall_clock_ms = [this] { return wall_clock_ms; };
    options.note = [this](const std::string& line) { notes.push_back(line); };
    auto actor = spawn_core<delay_service>(std::move(options),
                                           std::function<void()>{[] {}});
    run();
    return actor;
  }

  void end() {
    for (auto* actor : {&retry, &delay, &groups}) {
      caf::anon_send_exit(*actor, caf::exit_reason::kill);
      *actor = nullptr;
    }
    stop();
  }

  result<caf::actor> dispatcher() {
    if (is_away)
      return {errc::restarting, "away"};
    return caf::actor_cast<caf::actor>(service);
  }

  void wait(std::chrono::milliseconds time) {
    wall_clock_ms += time.count();
    advance(time);
  }

  /// A message of a topic, and where it stands.
  struct seen {
    log_position position;
    std::uint32_t size_bytes = 0;
    queue_id queue;
    std::int32_t reconsume_times = 0;
    std::string body;
  };

  std::vector<seen> read_records(const std::string& topic) {
    std::vector<seen> out;
    // What is young and what is old come in answers of their own.
    for (std::uint64_t next = 0, end = 1; next < end;) {
      const auto reply =
        ask<envelope<schema::PullReply>>(service, make_pull(topic, next));
      if (!reply)
        break; // there is no such topic yet
      broker::for_each_message(*reply, [&](const record_view& record,
                                           const message_view& message) {
        out.push_back({record.position, record.size_bytes, record.fields.queue,
                       message.reconsume_times, std::string{message.body}});
      });
      static_cast<void>(reply->read([&](schema::PullReply::Reader r) {
        next = r.getNextOffset();
        end = r.getMaxOffset();
      }));
    }
    return out;
  }

  result<stored_message_place> give_back(log_position position, int level = 0,
                                         const std::string& group = "g") {
    send_back request;
    request.group = group;
    request.position = position;
    request.delay_level = level;
    request.message_id = "ID";
    return ask<stored_message_place>(retry, request);
  }

  core::delay_levels levels =
    *core::delay_levels::parse(settings.groups.delay_levels);
  std::vector<std::string> notes;
  failure progress_failure; // errc::none: it can be read
  bool is_away = false;
  caf::actor groups;
  caf::actor delay;
  caf::actor retry;
};

} // namespace apogee::special
