#include "nodes/cli/bench_load.hpp"
#include "nodes/cli/bench_options.hpp"
#include "nodes/cli/bench_reading.hpp"
#include "nodes/cli/commands.hpp"

#include <functional>

namespace apogee::cli {

namespace {

constexpr std::size_t backlog_in_flight = 10'000;

result<void>
ask_admin(session& nodes,
          const std::function<result<void>(node_connection&)>& ask) {
  return nodes.for_each_broker(
    "admin", errc::none,
    [&](node_connection& admin, const broker_address&) { return ask(admin); });
}

/// The topic that a benchmark uses: one that the user names, or a new one
/// that is deleted afterwards.
class bench_topic {
public:
  bench_topic(session& nodes, const bench_options& options)
    : nodes_(nodes), is_own_(options.topic.empty()),
      name_(is_own_ ? new_topic_name() : options.topic),
      queues_(options.queues) {}

  ~bench_topic() {
    if (!is_created_)
      return;
    const auto request =
      envelope<schema::TopicDelete>::build([&](auto b) { b.setName(name_); });
    const auto deleted =
      ask_admin(nodes_, [&](node_connection& admin) -> result<void> {
        const auto reply = admin.ask<schema::TopicList>(request);
        return reply ? result<void>{} : result<void>{reply.error()};
      });
    if (!deleted)
      print_note("topic " + name_
                 + " was not deleted: " + deleted.error().text);
  }

  bench_topic(const bench_topic&) = delete;
  bench_topic& operator=(const bench_topic&) = delete;

  /// Returns the address of a nameserver that knows the topic.
  result<std::string> prepare() {
    if (is_own_) {
      const auto request = envelope<schema::TopicCreate>::build([&](auto b) {
        b.setName(name_);
        b.setQueues(queues_);
      });
      auto created =
        ask_admin(nodes_, [&](node_connection& admin) -> result<void> {
          const auto reply = admin.ask<schema::TopicList>(request);
          if (!reply)
            return reply.error();
          is_created_ = true;
          return {};
        });
      if (!created)
        return created.error();
      return nodes_.find_new_topic(name_);
    }
    return nodes_.find_topic(name_);
  }

  const std::string& name() const { return name_; }

private:
  session& nodes_;
  bool is_own_;
  bool is_created_ = false;
  std::string name_;
  std::uint32_t queues_;
};

load_options load_of(const bench_options& options, const std::string& topic,
                     const std::string& nameserver) {
  auto out = options.load;
  out.topic = topic;
  out.rate = options.rate.value_or(0);
  out.duration = std::chrono::seconds{options.seconds};
  out.producer.nameservers = {nameserver};
  out.producer.ack =
    options.ack == "disk" ? ack_level::disk : ack_level::memory;
  out.producer.send_timeout = options.target.timeout;
  return out;
}

/// Measures on a topic that is there for as long as that takes; `measure` gets
/// the load that the options ask for.
template <class Measure>
result<void> on_topic(const bench_options& options, Measure measure) {
  const interruption user;
  session nodes{options.target};
  bench_topic topic{nodes, options};
  const auto nameserver = topic.prepare();
  if (!nameserver)
    return nameserver.error();
  return measure(nodes.system(), load_of(options, topic.name(), *nameserver),
                 user);
}

} // namespace

result<void> native_send(const bench_options& options) {
  return on_topic(options, [&](auto& system, const load_options& load,
                               const interruption& user) {
    return show(options, run_load(system, load, user));
  });
}

result<void> native_consume(const bench_options& options) {
  return on_topic(
    options,
    [&](auto& system, load_options load,
        const interruption& user) -> result<void> {
      if (options.topic.empty()) {
        load.in_flight_max = backlog_in_flight;
        if (load.messages == 0)
          load.messages = backlog_messages_default;
        if (auto shown = show(options, run_load(system, load, user)); !shown)
          return shown;
      }
      const auto drained =
        run_drain(system, load.producer.nameservers, load.topic, user);
      if (!drained)
        return drained.error();
      return show(options, *drained);
    });
}

result<void> native_end_to_end(const bench_options& options) {
  return on_topic(options,
                  [&](auto& system, load_options load,
                      const interruption& user) -> result<void> {
                    load.rate = options.rate.value_or(end_to_end_rate_default);
                    const auto measured = run_end_to_end(system, load, user);
                    if (!measured)
                      return measured.error();
                    return show(options, *measured);
                  });
}

} // namespace apogee::cli
