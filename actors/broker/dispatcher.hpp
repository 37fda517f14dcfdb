#pragma once

#include "actors/answer.hpp"
#include "actors/broker/context.hpp"
#include "actors/broker/messages.hpp"
#include "actors/core/recent_readers.hpp"
#include "actors/core/subscription_filter_cache.hpp"

#include <caf/behavior.hpp>
#include <caf/scheduled_actor.hpp>

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace apogee::broker {

/// What is needed to start the actor of a queue.
struct writer_order {
  topic_info topic;
  std::uint32_t number = 0;
  queue_offset next;
  caf::actor dispatcher;
};

struct dispatcher_peers {
  caf::actor flush_service;
  caf::actor topic_catalog;
  /// Starts a queue_writer; the answer comes as writer_started.
  std::function<void(writer_order)> start_writer;
  caf::actor cold_reader; ///< for records that are asked for by position
};

/// The door to a broker's queues (broker_service_actor). Finds the topic,
/// charges the memory budget, and hands a request to the queue's writer, which
/// it has started on first use.
///
/// A writer that retires or dies is forgotten and started again by the next
/// request. After a crash, or its own restart, it first has the views apply the
/// whole log (a barrier), because the next offset is read from them.
///
/// Lives in the middleman's I/O thread, with the queue writers.
class dispatcher {
public:
  dispatcher(caf::scheduled_actor* self, context_ptr shared,
             dispatcher_peers peers);

  caf::behavior make_behavior();

private:
  using append_request = envelope<schema::AppendRequest>;
  using pull_request = envelope<schema::PullRequest>;
  using offset_query = envelope<schema::OffsetQuery>;

  struct target {
    const topic_info* topic = nullptr;
    queue_id queue;
  };

  /// A request that waits for its queue's writer.
  struct stashed {
    caf::message request;
    answer reply;
  };

  struct slot {
    caf::actor writer;
    std::uint64_t sent = 0;
    bool is_starting = false;
    bool crashed = false;
    std::vector<stashed> stash;
  };

  void append(const append_request& request);
  result<target> find_open(const append_request& request) const;
  void append_local(local_append& request);
  void append_checked(const target& to, staged_batch batch, std::uint64_t bytes,
                      answer reply);
  void pull(const pull_request& request);
  core::queue_reader reader_of(schema::PullRequest::Reader request);
  void pull_local(const local_pull& request);
  void query(const offset_query& request);
  void name_place(const located_record& found);

  template <class Schema>
  result<target> find(const envelope<Schema>& request,
                      std::uint8_t permission) const;
  result<target> find(const std::string& topic, std::uint32_t queue,
                      std::uint8_t permission, bool is_own = false) const;
  void forward(const target& to, caf::message request, answer reply);
  void refuse(answer& reply, const failure& why);

  void start(const target& to, slot& entry);
  void start_after_barrier(queue_id queue);
  void start_now(queue_id queue);
  void barrier_done();
  void started(const writer_started& done);
  void ended(const caf::down_msg& down);
  void offered(const retire_offer& offer);
  void topics_changed(const std::vector<topic_info>& changed);

  caf::scheduled_actor* self_;
  context_ptr shared_;
  dispatcher_peers peers_;
  std::unordered_map<std::string, topic_info> topics_;
  std::unordered_map<std::uint32_t, std::string> names_; // by topic id
  bool topics_known_ = false;
  bool views_are_complete_ = false;
  std::unordered_map<queue_id, slot> slots_;
  std::unordered_map<caf::actor_addr, queue_id> queue_of_;
  std::deque<std::vector<queue_id>> barriers_; // who waits for each of them
  core::subscription_filter_cache filters_;
  core::recent_readers readers_;
};

} // namespace apogee::broker
