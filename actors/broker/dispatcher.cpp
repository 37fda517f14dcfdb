#include "actors/broker/dispatcher.hpp"

#include "actors/broker/append_check.hpp"
#include "actors/broker/tell.hpp"
#include "messages/names.hpp"

#include <caf/actor_cast.hpp>
#include <caf/message.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace apogee::broker {

namespace {

/// Requests that wait for one queue's actor; one more is told to come back.
constexpr std::size_t stash_max = 10'000;

/// A pull's answer is not larger than this, whatever was asked for; one single
/// message may be.
constexpr std::uint32_t pull_bytes_max = 4u << 20;
constexpr std::uint32_t pull_count_max = 8192;

constexpr std::uint8_t may_read = 4;
constexpr std::uint8_t may_write = 2;

} // namespace

dispatcher::dispatcher(caf::scheduled_actor* self, context_ptr shared,
                       dispatcher_peers peers)
  : self_(self), shared_(std::move(shared)), peers_(std::move(peers)) {}

caf::behavior dispatcher::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& down) { ended(down); });
  // A barrier dies with the flush_service only, and with that this actor is
  // restarted as well: it must not look like a second failure.
  self_->set_error_handler([](caf::error&) {});
  // An earlier dispatcher's writers may have written what the views do not yet
  // know.
  tell(self_, peers_.flush_service, barrier_atom::value);
  barriers_.emplace_back();
  tell(self_, peers_.topic_catalog, dispatcher_started{handle_of(self_)});
  return {
    [this](const append_request& request) { append(request); },
    [this](local_append& request) { append_local(request); },
    [this](const pull_request& request) { pull(request); },
    [this](const local_pull& request) { pull_local(request); },
    [this](const offset_query& request) { query(request); },
    [this](const find_oldest_time& request) {
      answer{self_->make_response_promise()}.delegate(peers_.cold_reader,
                                                      request);
    },
    [this](const find_record& request) {
      answer{self_->make_response_promise()}.delegate(
        peers_.cold_reader, record_search{request.position, handle_of(self_)});
    },
    [this](const located_record& found) { name_place(found); },
    [this](const std::vector<topic_info>& changed) { topics_changed(changed); },
    [this](log_position) { barrier_done(); },
    [this](const writer_started& done) { started(done); },
    [this](const retire_offer& offer) { offered(offer); },
  };
}

// -- requests ---------------------------------------------------------------

void dispatcher::append(const append_request& request) {
  answer reply{self_->make_response_promise()};
  const auto to = find_open(request);
  if (!to) {
    refuse(reply, to.error());
    return;
  }
  auto batch = check_append(request, shared_->settings.broker.message_size_max);
  if (!batch)
    refuse(reply, batch.error());
  else
    append_checked(*to, std::move(*batch), request.size_bytes(),
                   std::move(reply));
}

/// The queue that a client sends to.
result<dispatcher::target>
dispatcher::find_open(const append_request& request) const {
  auto to = find(request, may_write);
  if (to && is_closed_topic(to->topic->name))
    return {errc::permission_denied,
            "only the broker itself sends to topic '" + to->topic->name + "'"};
  return to;
}

void dispatcher::append_local(local_append& request) {
  answer reply{self_->make_response_promise()};
  const auto to = find(request.topic, request.queue, may_write, request.is_own);
  if (!to) {
    refuse(reply, to.error());
    return;
  }
  std::uint64_t bytes = 0;
  for (const auto& body : request.batch.bodies)
    bytes += body.size();
  append_checked(*to, std::move(request.batch), bytes, std::move(reply));
}

void dispatcher::append_checked(const target& to, staged_batch batch,
                                std::uint64_t bytes, answer reply) {
  auto lease = std::make_shared<core::memory_budget::lease>();
  if (!shared_->budget->try_take(bytes, *lease)) {
    refuse(reply, {errc::busy, "the broker holds as many unanswered messages "
                               "as broker.memory-limit allows; slow down"});
    return;
  }
  forward(to,
          caf::make_message(append_order{std::move(batch), std::move(lease)}),
          std::move(reply));
}

/// Who counts what a native client reads. REQUIRES: the topic has the queue.
core::queue_reader dispatcher::reader_of(schema::PullRequest::Reader request) {
  return {readers_.find(*shared_->statistics, *shared_->groups,
                        request.getTopic().cStr(), request.getGroup().cStr()),
          request.getQueue()};
}

void dispatcher::pull(const pull_request& request) {
  answer reply{self_->make_response_promise()};
  const auto to = find(request, may_read);
  if (!to) {
    refuse(reply, to.error());
    return;
  }
  pull_order order;
  const auto read =
    request.read([&](schema::PullRequest::Reader r) -> result<void> {
      order.offset = {r.getOffset()};
      order.count_max = std::clamp(r.getCountMax(), 1u, pull_count_max);
      order.bytes_max = std::min(r.getBytesMax(), pull_bytes_max);
      order.wait = std::chrono::milliseconds{r.getWaitMs()};
      const auto type = core::expression_type_of(r.getFilterType().cStr());
      if (!type)
        return type.error();
      auto filter = filters_.find(*type, r.getFilter().cStr());
      if (!filter)
        return filter.error();
      order.filter = std::move(*filter);
      order.reader = reader_of(r);
      return {};
    });
  if (!read)
    refuse(reply, read.error());
  else
    forward(*to, caf::make_message(std::move(order)), std::move(reply));
}

void dispatcher::pull_local(const local_pull& request) {
  answer reply{self_->make_response_promise()};
  const auto to = find(request.topic, request.queue, may_read, request.is_own);
  if (!to)
    refuse(reply, to.error());
  else
    forward(*to, caf::make_message(request.order), std::move(reply));
}

void dispatcher::query(const offset_query& request) {
  answer reply{self_->make_response_promise()};
  const auto to = find(request, 0);
  if (!to) {
    refuse(reply, to.error());
    return;
  }
  const auto wants_time = request.read(
    [](schema::OffsetQuery::Reader r) { return r.getStoreTimeMs() >= 0; });
  const auto found = slots_.find(to->queue);
  const auto is_idle = found == slots_.end() && views_are_complete_;
  if (!is_idle || (wants_time && *wants_time)) {
    forward(*to, caf::make_message(request), std::move(reply));
    return;
  }
  // Asking for the ends of a queue that nobody uses does not start its actor.
  const auto end = shared_->views->queue_end(to->queue);
  const auto begin = shared_->views->queue_begin(
    to->queue, log_position{shared_->counts->log_start.load()});
  if (!begin || !end) {
    refuse(reply, begin ? end.error() : begin.error());
    return;
  }
  reply.give(envelope<schema::OffsetAnswer>::build([&](auto b) {
    b.setMinOffset(begin->value);
    b.setMaxOffset(end->value);
  }));
}

void dispatcher::name_place(const located_record& found) {
  answer reply{self_->make_response_promise()};
  const auto topic = names_.find(found.queue.topic.value);
  if (topic == names_.end())
    refuse(reply, no_message_at(found.position));
  else
    reply.give(record_place{topic->second, found.queue.number, found.offset});
}

template <class Schema>
result<dispatcher::target> dispatcher::find(const envelope<Schema>& request,
                                            std::uint8_t permission) const {
  return request.read([&](typename Schema::Reader r) {
    return find(r.getTopic(), r.getQueue(), permission);
  });
}

result<dispatcher::target> dispatcher::find(const std::string& topic,
                                            std::uint32_t queue,
                                            std::uint8_t permission,
                                            bool is_own) const {
  const auto found = topics_.find(topic);
  if (found == topics_.end() && !topics_known_)
    return {errc::restarting, "the broker is starting; try again"};
  if (found == topics_.end())
    return {errc::unknown_topic,
            "topic '" + topic
              + "' does not exist on this broker; create it "
                "with 'apogee topic create "
              + topic + "'"};
  const auto& info = found->second;
  const auto queues = permission == may_write ? info.sendable_queues()
                      : permission == may_read && !is_own ? info.read_queues
                                                          : info.queues;
  if (queue >= queues)
    return {errc::unknown_queue, "topic '" + topic + "' has queues 0 to "
                                   + std::to_string(queues - 1) + ", not "
                                   + std::to_string(queue)};
  if (!is_own && (info.permission & permission) != permission)
    return {errc::permission_denied,
            "topic '" + topic + "' does not allow "
              + (permission == may_write ? "sending" : "reading")};
  return target{&info, {info.id, queue}};
}

void dispatcher::forward(const target& to, caf::message request, answer reply) {
  auto& entry = slots_[to.queue];
  if (entry.writer) {
    ++entry.sent;
    reply.delegate(entry.writer, std::move(request));
    return;
  }
  if (entry.stash.size() >= stash_max) {
    refuse(reply, {errc::busy, "too many requests wait for this queue"});
    return;
  }
  entry.stash.push_back({std::move(request), std::move(reply)});
  if (!std::exchange(entry.is_starting, true))
    start(to, entry);
}

void dispatcher::refuse(answer& reply, const failure& why) {
  if (why.code == errc::busy)
    ++shared_->counts->refused_busy;
  if (why.code == errc::malformed)
    ++shared_->counts->refused_malformed;
  reply.refuse(why);
}

// -- writers ----------------------------------------------------------------

void dispatcher::start(const target& to, slot& entry) {
  if (!views_are_complete_) {
    barriers_.front().push_back(to.queue);
  } else if (entry.crashed) {
    tell(self_, peers_.flush_service, barrier_atom::value);
    barriers_.push_back({to.queue});
  } else {
    start_now(to.queue);
  }
}

void dispatcher::barrier_done() {
  APOGEE_CHECK(!barriers_.empty());
  views_are_complete_ = true;
  const auto queues = std::move(barriers_.front());
  barriers_.pop_front();
  for (const auto queue : queues)
    start_now(queue);
}

void dispatcher::start_now(queue_id queue) {
  const auto name = names_.find(queue.topic.value);
  if (name == names_.end()) {
    started({queue, {}, {errc::unknown_topic, "the topic was deleted"}});
    return;
  }
  const auto next = shared_->views->queue_end(queue);
  if (!next) {
    started({queue, {}, next.error()});
    return;
  }
  peers_.start_writer(
    {topics_.at(name->second), queue.number, *next, handle_of(self_)});
}

void dispatcher::started(const writer_started& done) {
  const auto found = slots_.find(done.queue);
  if (found == slots_.end())
    return;
  auto& entry = found->second;
  auto stash = std::exchange(entry.stash, {});
  entry.is_starting = false;
  if (!done.writer) {
    for (auto& waiting : stash)
      refuse(waiting.reply, done.why);
    slots_.erase(found);
    return;
  }
  entry.writer = done.writer;
  entry.crashed = false;
  entry.sent = stash.size();
  queue_of_.emplace(done.writer->address(), done.queue);
  self_->monitor(done.writer);
  for (auto& waiting : stash)
    waiting.reply.delegate(done.writer, std::move(waiting.request));
}

void dispatcher::ended(const caf::down_msg& down) {
  const auto found = queue_of_.find(down.source);
  if (found == queue_of_.end())
    return;
  // A writer that was let go is forgotten already: this one has failed, and
  // what it staged may not be in the views.
  auto& entry = slots_[found->second];
  entry.writer = nullptr;
  entry.crashed = true;
  queue_of_.erase(found);
}

void dispatcher::offered(const retire_offer& offer) {
  const auto found = slots_.find(offer.queue);
  if (found == slots_.end() || found->second.sent != offer.handled
      || found->second.writer != sender_of(self_))
    return;
  queue_of_.erase(found->second.writer->address());
  tell(self_, found->second.writer, retire_granted{});
  slots_.erase(found);
}

void dispatcher::topics_changed(const std::vector<topic_info>& changed) {
  topics_known_ = true;
  for (const auto& topic : changed) {
    if (!topic.deleted) {
      topics_[topic.name] = topic;
      names_[topic.id.value] = topic.name;
      continue;
    }
    topics_.erase(topic.name);
    names_.erase(topic.id.value);
    for (std::uint32_t number = 0; number < topic.queues; ++number) {
      const auto found = slots_.find({topic.id, number});
      if (found == slots_.end() || !found->second.writer)
        continue;
      queue_of_.erase(found->second.writer->address());
      tell(self_, found->second.writer, retire_granted{});
      slots_.erase(found);
    }
  }
}

} // namespace apogee::broker
