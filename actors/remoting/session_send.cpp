#include "actors/broker/tell.hpp"
#include "actors/remoting/response_codes.hpp"
#include "actors/remoting/session.hpp"
#include "messages/names.hpp"
#include "messages/record.hpp"
#include "messages/remoting/message_id.hpp"
#include "messages/remoting/send_header.hpp"

#include <algorithm>
#include <random>
#include <span>
#include <utility>

/// The sending half of a session.
namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;

/// A broker that holds as much as it may is asked again after this, so that
/// what was read is stored: the client feels it because reading stops.
constexpr auto busy_pause = 10ms;

/// Clients give up after 3 s by default; an answer after that helps nobody.
constexpr int busy_attempts_max = 250;

/// Whoever was asked is not there for a moment.
bool is_away(errc why) {
  return why == errc::restarting || why == errc::unreachable;
}

constexpr auto topic_timeout = 10s;

std::vector<topic_info> read_topics(const envelope<schema::TopicList>& list) {
  std::vector<topic_info> out;
  const auto read = list.read([&](schema::TopicList::Reader r) {
    for (const auto in : r.getTopics()) {
      auto& topic = out.emplace_back();
      topic.id = {in.getId()};
      topic.name = in.getName();
      topic.queues = in.getQueues();
      topic.write_queues = in.getWriteQueues();
      topic.read_queues = in.getReadQueues();
      topic.permission = in.getPermission();
      topic.created_ms = in.getCreatedMs();
    }
  });
  APOGEE_CHECK(read.has_value()); // it comes from this process
  return out;
}

std::uint32_t any_queue(std::uint32_t queues) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return static_cast<std::uint32_t>(random() % queues);
}

} // namespace

void session::send(const command& request, std::string_view bytes) {
  const asker from{request.type, request.opaque, request.is_oneway()};
  const auto header = decode_send_header(request);
  if (!header) {
    answer(from, response_code::system_error, header.error().text);
    return;
  }
  if (header->topic.starts_with(retry_topic_prefix)) {
    leave_to_service(request, bytes); // it may have to wait, or to end
    return;
  }
  if (auto allowed = check_send(*header); !allowed) {
    answer(from, code_of(allowed.error()), allowed.error().text);
    return;
  }
  const auto* topic = shared_->topics->find(header->topic);
  // Not past those that wait for the topic.
  if (topic == nullptr
      || (!creating_.empty()
          && creating_.contains(std::string{header->topic}))) {
    create_topic(*header, bytes);
    return;
  }
  if ((topic->permission & permission_write) == 0) {
    answer(from, response_code::no_permission,
           "the topic[" + topic->name + "] is not writable: its permission is "
             + std::to_string(topic->permission));
    return;
  }
  const auto queue = choose_queue(*header, *topic);
  if (!queue) {
    answer(from, response_code::invalid_parameter, queue.error().text);
    return;
  }
  send_batches::target to;
  to.topic = header->topic;
  to.queue = *queue;
  to.ack = ack_of(*header, shared_->settings.flush_disk, request.is_oneway());
  if (auto added = batches_.add(to, request, *header, born_host_,
                                shared_->message_size_max);
      !added)
    answer(from, code_of(added.error()), added.error().text);
}

/// A sender that does not know yet how many queues a new topic has gets one of
/// them all the same, always the same one for the same number; the answer says
/// which.
result<std::uint32_t> session::choose_queue(const send_header& header,
                                            const topic_info& topic) const {
  if (header.queue_number < 0)
    return any_queue(topic.write_queues);
  const auto wanted = static_cast<std::uint32_t>(header.queue_number);
  if (wanted < topic.sendable_queues())
    return wanted;
  if (wanted < template_topic_queues
      && shared_->new_topics.contains(topic.name, clock::now()))
    return wanted % topic.write_queues;
  return {errc::unknown_queue, "request queueId[" + std::to_string(wanted)
                                 + "] is illegal, topic " + topic.name + " has "
                                 + std::to_string(topic.sendable_queues())
                                 + " queues"};
}

void session::dispatch_batches() {
  for (auto& batch : batches_.take()) {
    unanswered_bytes_ += batch.bytes;
    ++unstored_;
    if (batch.messages.ack >= ack_level::disk)
      batch.messages.flush_timeout = shared_->settings.flush_timeout;
    dispatch(std::make_shared<send_batch>(std::move(batch)));
  }
}

void session::dispatch(const batch_pointer& batch) {
  if (!busy_.empty()) { // not past those that were told to come again
    busy_.push_back(batch);
    return;
  }
  const auto to = shared_->dispatcher();
  if (!to) {
    not_stored(batch, to.error());
    return;
  }
  self_
    ->request(
      *to, caf::infinite,
      broker::local_append{batch->topic, batch->queue, batch->messages, false})
    .then(
      [this, batch](const envelope<schema::AppendReply>& reply) {
        stored(*batch, reply);
      },
      [this, batch](const caf::error& error) {
        not_stored(batch, to_failure(error));
      });
}

void session::stored(const send_batch& batch,
                     const envelope<schema::AppendReply>& reply) {
  const auto read = reply.read([&](schema::AppendReply::Reader r) {
    const auto code = r.getIsFlushLate() ? response_code::flush_disk_timeout
                                         : response_code::success;
    auto offset = r.getFirstOffset();
    auto position = r.getFirstPosition();
    std::span left{batch.messages.bodies};
    is_in_turn_ = true;
    for (const auto& sender : batch.senders) {
      const auto bodies = left.first(sender.messages);
      answer_send(sender, code, batch, offset, position, bodies);
      for (const auto body : bodies)
        position += record_size(body.size());
      offset += sender.messages;
      left = left.subspan(sender.messages);
    }
    is_in_turn_ = false;
  });
  APOGEE_CHECK(read.has_value()); // it comes from this process
  flush();
  --unstored_;
  answered(batch.bytes);
}

void session::answer_send(const waiting_send& sender, response_code code,
                          const send_batch& batch, std::uint64_t offset,
                          std::uint64_t position,
                          std::span<const std::span<const std::byte>> bodies) {
  if (sender.is_oneway || is_closed_)
    return;
  const asker to{sender.type, sender.opaque, false};
  frame_writer writer{out_, to.type, head_of(to, code, {})};
  if (bodies.size() == 1) {
    writer.field(
      "msgId",
      message_id_text{{store_host_, static_cast<std::int64_t>(position)}});
  } else {
    std::string ids;
    for (const auto body : bodies) {
      ids += ids.empty() ? "" : ",";
      ids += std::string_view{
        message_id_text{{store_host_, static_cast<std::int64_t>(position)}}};
      position += record_size(body.size());
    }
    writer.field("msgId", std::string_view{ids});
  }
  writer.field("queueId", batch.queue);
  writer.field("queueOffset", offset);
  writer.field("transactionId", batch.unique_key(sender));
  writer.field("MSG_REGION", std::string_view{"DefaultRegion"});
  writer.field("TRACE_ON", true);
  writer.body();
  static_cast<void>(writer.finish());
}

void session::send_again() {
  for (const auto& batch : std::exchange(busy_, {}))
    dispatch(batch);
}

void session::not_stored(const batch_pointer& batch, const failure& why) {
  // Nobody waits for an answer to one-way messages, and nobody sends them
  // again; who sends others takes a broker that starts again for a failure.
  const auto is_oneway =
    std::all_of(batch->senders.begin(), batch->senders.end(),
                [](const auto& sender) { return sender.is_oneway; });
  const auto may_pass =
    is_oneway ? why.code == errc::busy || is_away(why.code)
              : why.code == errc::busy && ++batch->attempts < busy_attempts_max;
  if (may_pass) {
    if (busy_.empty())
      caf::delayed_anon_send(broker::handle_of(self_), busy_pause,
                             again_atom::value);
    busy_.push_back(batch);
    return;
  }
  is_in_turn_ = true;
  for (const auto& sender : batch->senders) {
    if (sender.is_oneway)
      lose_oneway(sender.messages, why);
    answer({sender.type, sender.opaque, sender.is_oneway}, code_of(why),
           why.text);
  }
  is_in_turn_ = false;
  flush();
  --unstored_;
  answered(batch->bytes);
}

/// Its sender is told nothing, so the operator is.
void session::lose_oneway(std::size_t messages, const failure& why) {
  shared_->counts->refused_oneway += messages;
  shared_->note_rarely("oneway", "one-way messages of " + peer_.address
                                   + " cannot be stored: " + to_string(why));
}

// -- topics that are not there ------------------------------------------------

void session::create_topic(const send_header& header, std::string_view bytes) {
  const std::string name{header.topic};
  const asker from{decoder_.decoded().type, decoder_.decoded().opaque,
                   decoder_.decoded().is_oneway()};
  unanswered_bytes_ += bytes.size(); // over the limit, no more are read
  if (const auto waiting = creating_.find(name); waiting != creating_.end()) {
    waiting->second.frames.emplace_back(bytes);
    return;
  }
  const auto wanted = topic_to_create(header, shared_->settings);
  if (!wanted) {
    unanswered_bytes_ -= bytes.size();
    if (from.is_oneway)
      lose_oneway(1, wanted.error());
    answer(from, code_of(wanted.error()), wanted.error().text);
    return;
  }
  creating_[name] = {*wanted, {std::string{bytes}}};
  shared_->new_topics.add(name, clock::now());
  ask_for_topic(name);
}

/// Has the topic created, unless somebody else was faster.
void session::ask_for_topic(const std::string& name) {
  const auto found = creating_.find(name);
  if (found == creating_.end())
    return;
  if (shared_->topics->find(name) != nullptr) {
    topic_created(name, {});
    return;
  }
  const auto catalog = shared_->topic_catalog();
  if (!catalog) {
    topic_refused(name, catalog.error());
    return;
  }
  const auto& wanted = found->second.wanted;
  const auto request = envelope<schema::TopicCreate>::build([&](auto b) {
    b.setName(name);
    b.setQueues(wanted.queues);
    b.setPermission(wanted.permission);
  });
  self_->request(*catalog, topic_timeout, request)
    .then(
      [this, name](const envelope<schema::TopicList>& created) {
        shared_->topics->take(read_topics(created));
        topic_created(name, {});
      },
      [this, name](const caf::error& error) {
        topic_refused(name, to_failure(error));
      });
}

/// Others may be creating the same topic, which is busy then, or have done so,
/// and the table will have it in a moment: looks again.
void session::topic_refused(const std::string& name, const failure& why) {
  const auto found = creating_.find(name);
  if (found == creating_.end())
    return;
  const auto may_pass = why.code == errc::topic_exists || why.code == errc::busy
                        || is_away(why.code);
  if (may_pass && ++found->second.attempts < busy_attempts_max)
    caf::delayed_anon_send(broker::handle_of(self_), busy_pause,
                           topic_awaited{name});
  else
    topic_created(name, why);
}

/// Handles the frames that waited, as if they came now.
void session::topic_created(const std::string& name,
                            const result<void>& outcome) {
  const auto found = creating_.find(name);
  if (found == creating_.end())
    return;
  const auto frames = std::move(found->second.frames);
  creating_.erase(found);
  is_in_turn_ = true;
  for (const auto& bytes : frames) {
    unanswered_bytes_ -= bytes.size();
    const auto next = find_frame(bytes);
    APOGEE_CHECK(next && next->missing_bytes == 0
                 && decoder_.decode(next->found));
    const auto& request = decoder_.decoded();
    if (outcome) {
      send(request, bytes);
      continue;
    }
    if (request.is_oneway())
      lose_oneway(1, outcome.error());
    answer({request.type, request.opaque, request.is_oneway()},
           code_of(outcome.error()), outcome.error().text);
  }
  is_in_turn_ = false;
  dispatch_batches();
  end_if_stored();
  flush();
  throttle();
}

} // namespace apogee::remoting
