#include "nodes/storage_tree.hpp"

#include "actors/broker/cold_reader.hpp"
#include "actors/broker/dispatcher.hpp"
#include "actors/broker/flush_service.hpp"
#include "actors/broker/group_catalog.hpp"
#include "actors/broker/log_syncer.hpp"
#include "actors/broker/queue_writer.hpp"
#include "actors/broker/topic_catalog.hpp"
#include "actors/broker/view_applier.hpp"
#include "actors/supervision/supervisor.hpp"
#include "nodes/spawn.hpp"
#include "store/log_start.hpp"

#include <utility>
#include <vector>

namespace apogee::nodes {

namespace {

using supervision::child_spec;
using supervision::start_context;

constexpr auto queue_writers_name = "queue_writers";

/// The log as the present flush_service has opened it; the factories of the
/// actors behind it take it from here. Used in the supervisor's thread only.
struct opened_log {
  std::shared_ptr<store::commit_log> log;
};

using opened_log_ptr = std::shared_ptr<opened_log>;

std::string mib(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

/// Opens the log and brings the views to its end.
result<std::shared_ptr<store::commit_log>>
recover(const storage_options& options) {
  auto& views = *options.shared->views;
  if (auto done = store::restore_start(*options.log_folder, views); !done)
    return done.error();
  const auto known = store::recovery_start{views.applied(), views.last_epoch()};
  const auto note = [&](const char* what, log_position done, log_position end) {
    options.note(std::string{what} + " " + mib(done.value - known.applied.value)
                 + " of " + mib(end.value - known.applied.value));
  };
  auto log =
    store::commit_log::open(options.log_folder,
                            {options.shared->settings.storage.segment_size,
                             options.shared->settings.storage.recent_size},
                            known, [&](log_position done, log_position end) {
                              note("checking the log:", done, end);
                            });
  if (!log)
    return log.error();
  const auto& report = (*log)->recovery();
  if (report.cut_bytes > 0)
    options.note("the log ends before " + std::to_string(report.cut_bytes)
                 + " bytes that are no sound record (" + report.cut_reason
                 + "); they are kept in " + report.cut_file);
  const auto replayed =
    broker::replay(views, (*log)->reader(), report.end, [&](log_position done) {
      note("filling the views:", done, report.end);
    });
  if (!replayed)
    return replayed.error();
  return std::shared_ptr<store::commit_log>{std::move(*log)};
}

child_spec flush_service(const storage_options& options,
                         const opened_log_ptr& opened) {
  child_spec spec;
  spec.name = flush_service_name;
  spec.factory = [options,
                  opened](const start_context& start) -> result<caf::actor> {
    opened->log.reset();
    auto log = recover(options);
    if (!log)
      return log.error();
    opened->log = *log;
    return spawn_in_io_thread<broker::flush_service>(
      start.system, options.shared, std::move(*log));
  };
  return spec;
}

child_spec log_syncer(const storage_options& options) {
  child_spec spec;
  spec.name = "log_syncer";
  spec.factory = [options](const start_context& start) -> result<caf::actor> {
    const auto flush = start.sibling(flush_service_name);
    if (!flush)
      return flush.error();
    return start.system.spawn<caf::detached>(
      [flush = *flush, folder = options.shared->settings.storage.data](
        caf::event_based_actor* self) {
        supervision::explain_crashes(self);
        return broker::log_syncer(self, flush, folder);
      });
  };
  return spec;
}

child_spec view_applier(const storage_options& options,
                        const opened_log_ptr& opened) {
  child_spec spec;
  spec.name = "view_applier";
  spec.factory = [options,
                  opened](const start_context& start) -> result<caf::actor> {
    const auto flush = start.sibling(flush_service_name);
    if (!flush)
      return flush.error();
    return spawn_scheduled<broker::view_applier, caf::detached>(
      start.system, options.shared, opened->log->reader(), *flush);
  };
  return spec;
}

child_spec topic_catalog(const storage_options& options) {
  child_spec spec;
  spec.name = topic_catalog_name;
  spec.ready = supervision::ready_when::reported;
  spec.factory = [options](const start_context& start) -> result<caf::actor> {
    const auto flush = start.sibling<log_service_actor>(flush_service_name);
    if (!flush)
      return flush.error();
    using base = caf::stateful_actor<core_state<broker::topic_catalog>>;
    return start.system.spawn([options, start, flush = *flush](base* self) {
      supervision::explain_crashes(self);
      self->state.core = std::make_unique<broker::topic_catalog>(
        self, options.shared, flush,
        [self, start] { supervision::report_ready(self, start); });
      return self->state.core->make_behavior();
    });
  };
  return spec;
}

child_spec group_catalog(const storage_options& options) {
  child_spec spec;
  spec.name = group_catalog_name;
  spec.ready = supervision::ready_when::reported;
  spec.factory = [options](const start_context& start) -> result<caf::actor> {
    const auto flush = start.sibling<log_service_actor>(flush_service_name);
    if (!flush)
      return flush.error();
    const auto topics = start.sibling(topic_catalog_name);
    if (!topics)
      return topics.error();
    using base = caf::stateful_actor<core_state<broker::group_catalog>>;
    return start.system.spawn(
      [options, start, flush = *flush, topics = *topics](base* self) {
        supervision::explain_crashes(self);
        self->state.core = std::make_unique<broker::group_catalog>(
          self, options.shared, flush, topics,
          [self, start] { supervision::report_ready(self, start); });
        return self->state.core->make_behavior();
      });
  };
  return spec;
}

std::string cold_reader_name(std::uint32_t number) {
  return "cold_reader-" + std::to_string(number + 1);
}

child_spec cold_reader(const storage_options& options,
                       const opened_log_ptr& opened, std::uint32_t number) {
  child_spec spec;
  spec.name = cold_reader_name(number);
  spec.factory = [options,
                  opened](const start_context& start) -> result<caf::actor> {
    return start.system.spawn<caf::detached>(
      [options, reader = opened->log->reader()](caf::event_based_actor* self) {
        supervision::explain_crashes(self);
        return broker::cold_reader(self, options.shared, reader);
      });
  };
  return spec;
}

/// What a queue's actor needs that is the same for all queues.
result<broker::queue_writer_peers>
find_writer_peers(const start_context& start, const storage_options& options,
                  const opened_log_ptr& opened) {
  broker::queue_writer_peers peers;
  peers.log = opened->log->reader();
  const auto flush = start.sibling(flush_service_name);
  if (!flush)
    return flush.error();
  peers.flush_service = *flush;
  const auto syncer = start.sibling("log_syncer");
  if (!syncer)
    return syncer.error();
  peers.log_syncer = *syncer;
  for (std::uint32_t i = 0; i < options.shared->settings.broker.cold_readers;
       ++i) {
    const auto reader = start.sibling(cold_reader_name(i));
    if (!reader)
      return reader.error();
    peers.cold_readers.push_back(*reader);
  }
  return peers;
}

child_spec queue_writer(const storage_options& options,
                        broker::queue_writer_peers peers,
                        broker::writer_order order) {
  peers.dispatcher = order.dispatcher;
  child_spec spec;
  spec.name = order.topic.name + "-" + std::to_string(order.number);
  spec.kind = supervision::child_kind::temporary;
  spec.factory = [options, peers, order](const start_context& start) {
    return result<caf::actor>{spawn_in_io_thread<broker::queue_writer>(
      start.system, options.shared, order.topic, order.number, order.next,
      peers)};
  };
  return spec;
}

/// Asks the supervisor of the queues' actors for one more, and tells the
/// dispatcher what came of it.
void start_writer(caf::actor_system& system, const result<caf::actor>& writers,
                  const child_spec& spec, const broker::writer_order& order) {
  const queue_id queue{order.topic.id, order.number};
  const auto dispatcher = order.dispatcher;
  if (!writers) {
    caf::anon_send(dispatcher,
                   broker::writer_started{queue, {}, writers.error()});
    return;
  }
  system.spawn([=, supervisor = *writers](caf::event_based_actor* self) {
    self
      ->request(supervisor, std::chrono::seconds{10},
                supervision::start_child{spec})
      .then(
        [=](const caf::actor& writer) {
          self->send(dispatcher, broker::writer_started{queue, writer, {}});
        },
        [=](const caf::error& error) {
          self->send(dispatcher,
                     broker::writer_started{queue, {}, to_failure(error)});
        });
  });
}

child_spec dispatcher(const storage_options& options,
                      const opened_log_ptr& opened) {
  child_spec spec;
  spec.name = dispatcher_name;
  spec.factory = [options,
                  opened](const start_context& start) -> result<caf::actor> {
    auto writer_peers = find_writer_peers(start, options, opened);
    if (!writer_peers)
      return writer_peers.error();
    const auto catalog = start.sibling(topic_catalog_name);
    if (!catalog)
      return catalog.error();
    broker::dispatcher_peers peers;
    peers.flush_service = writer_peers->flush_service;
    peers.topic_catalog = *catalog;
    peers.cold_reader = writer_peers->cold_readers.front();
    peers.start_writer = [options, start, shared_peers = *writer_peers](
                           const broker::writer_order& order) {
      start_writer(start.system, start.sibling(queue_writers_name),
                   queue_writer(options, shared_peers, order), order);
    };
    return spawn_in_io_thread<broker::dispatcher>(start.system, options.shared,
                                                  std::move(peers));
  };
  return spec;
}

} // namespace

child_spec storage_tree(storage_options options) {
  const auto opened = std::make_shared<opened_log>();
  supervision::supervisor_spec storage;
  storage.name = "storage";
  storage.strategy = supervision::restart_strategy::rest_for_one;
  storage.detached = true;
  storage.children.push_back(flush_service(options, opened));
  storage.children.push_back(log_syncer(options));
  storage.children.push_back(view_applier(options, opened));
  storage.children.push_back(topic_catalog(options));
  storage.children.push_back(group_catalog(options));
  for (std::uint32_t i = 0; i < options.shared->settings.broker.cold_readers;
       ++i)
    storage.children.push_back(cold_reader(options, opened, i));
  storage.children.push_back(dispatcher(options, opened));
  supervision::supervisor_spec writers;
  writers.name = queue_writers_name;
  storage.children.push_back(supervision::as_child(std::move(writers)));
  return supervision::as_child(std::move(storage));
}

} // namespace apogee::nodes
