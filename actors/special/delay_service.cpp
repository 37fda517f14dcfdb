#include "actors/special/delay_service.hpp"

#include "messages/log.capnp.h"
#include "messages/names.hpp"
#include "messages/remoting/field_reader.hpp"
#include "messages/remoting/properties.hpp"

#include <caf/atom.hpp>

#include <algorithm>
#include <chrono>

namespace apogee::special {

namespace {

namespace names = remoting::property_names;

using namespace std::chrono_literals;

constexpr auto peer_timeout = 30s;

/// Before something that did not work is tried again: what passes by itself,
/// and what somebody has to see to.
constexpr std::int64_t soon_ms = 100;
constexpr std::int64_t later_ms = 10'000;

std::int64_t pause_after(const failure& why) {
  return is_transient(why.code) ? soon_ms : later_ms;
}

/// What a level holds in memory at the most.
constexpr std::uint32_t held_count_max = 512;
constexpr std::uint32_t held_bytes_max = 256u << 10;

using load_atom = caf::atom_constant<caf::atom("load")>;
using due_atom = caf::atom_constant<caf::atom("due")>;

/// Never right again for this one message.
bool is_hopeless(errc code) {
  return code == errc::illegal_name || code == errc::message_too_large
         || code == errc::malformed || code == errc::invalid_argument;
}

} // namespace

delay_service::delay_service(caf::event_based_actor* self,
                             delay_options options,
                             std::function<void()> on_ready)
  : self_(self), options_(std::move(options)), on_ready_(std::move(on_ready)) {}

caf::behavior delay_service::make_behavior() {
  load();
  return {
    [this](const delayed_append& request) { keep(request); },
    [this](due_atom, int number) {
      at(number).alarm_ms.reset();
      go_on(number);
    },
    [this](load_atom) { load(); },
  };
}

// -- the beginning ------------------------------------------------------------

void delay_service::load() {
  const auto again = [this](const caf::error& error) {
    load_again(to_failure(error));
  };
  const auto catalog = options_.topic_catalog();
  const auto log = options_.log();
  if (!catalog || !log)
    return load_again(catalog ? log.error() : catalog.error());
  const auto query = [this, catalog = *catalog, log = *log, again] {
    const auto question = envelope<schema::TopicQuery>::build(
      [](auto b) { b.setName(std::string{schedule_topic}); });
    self_->request(catalog, peer_timeout, question)
      .then(
        [this, log, again](const envelope<schema::TopicList>& list) {
          topic_info topic;
          const auto read = list.read([&](schema::TopicList::Reader r) {
            topic.id = {r.getTopics()[0].getId()};
            topic.queues = r.getTopics()[0].getQueues();
          });
          APOGEE_CHECK(read.has_value()); // it comes from this process
          self_->request(log, caf::infinite, barrier_atom::value)
            .then([this, topic](log_position) { load_progress(topic); }, again);
        },
        again);
  };
  const auto order = envelope<schema::TopicCreate>::build([&](auto b) {
    b.setName(std::string{schedule_topic});
    b.setQueues(static_cast<std::uint32_t>(options_.levels.count()));
  });
  self_->request(*catalog, peer_timeout, order)
    .then([query](const envelope<schema::TopicList>&) { query(); },
          [query, again](const caf::error& error) {
            if (to_failure(error).code == errc::topic_exists)
              query();
            else
              again(error);
          });
}

void delay_service::load_again(const failure& why) {
  if (!is_transient(why.code))
    options_.note("the delay levels cannot be read yet: " + to_string(why));
  self_->delayed_send(self_, std::chrono::milliseconds{pause_after(why)},
                      load_atom::value);
}

void delay_service::load_progress(const topic_info& topic) {
  const auto dispatcher = options_.dispatcher();
  const auto progress = options_.load_progress();
  if (!dispatcher || !progress)
    return load_again(dispatcher ? progress.error() : dispatcher.error());
  const auto count =
    std::min(options_.levels.count(), static_cast<int>(topic.queues));
  if (count < options_.levels.count())
    options_.note("there are " + std::to_string(options_.levels.count())
                  + " delay levels, but topic " + std::string{schedule_topic}
                  + " has only " + std::to_string(count)
                  + " queues: the last of them serves the others too");
  topic_ = topic.id;
  for (auto number = 1; number <= count; ++number) {
    const auto queue = static_cast<std::uint32_t>(number - 1);
    const auto found = progress->find({topic_, queue});
    const auto next = found == progress->end() ? queue_offset{} : found->second;
    levels_.push_back(
      {core::delay_line{options_.levels.delay(number), next}, {}, {}});
    // Asking does not start the actor of a queue on which nothing waits.
    const auto question = envelope<schema::OffsetQuery>::build([&](auto b) {
      b.setTopic(std::string{schedule_topic});
      b.setQueue(queue);
    });
    const auto look = [this, number] {
      at(number).line.look();
      go_on(number);
    };
    self_->request(*dispatcher, peer_timeout, question)
      .then(
        [look, next](const envelope<schema::OffsetAnswer>& ends) {
          const auto end = ends.read(
            [](schema::OffsetAnswer::Reader r) { return r.getMaxOffset(); });
          if (end && *end > next.value)
            look();
        },
        [look](const caf::error&) { look(); });
  }
  on_ready_();
}

// -- messages that come -------------------------------------------------------

void delay_service::keep(const delayed_append& request) {
  answer reply{self_->make_response_promise()};
  const auto dispatcher = options_.dispatcher();
  if (levels_.empty() || !dispatcher) {
    reply.refuse({errc::restarting, "the delay levels are being read"});
    return;
  }
  const auto number =
    std::clamp(request.level, 1, static_cast<int>(levels_.size()));
  auto message = request.message.view();
  auto properties = request.message.properties;
  remoting::remove_property(properties, names::real_topic);
  remoting::remove_property(properties, names::real_queue_id);
  remoting::append_property(properties, names::real_topic, request.topic);
  remoting::append_property(properties, names::real_queue_id,
                            std::to_string(request.queue));
  if (properties.size() > remoting::properties_bytes_max) {
    reply.refuse({errc::message_too_large,
                  "the message's properties leave no room for those of a "
                  "delayed one"});
    return;
  }
  message.properties = properties;
  broker::local_append order;
  order.topic = schedule_topic;
  order.queue = static_cast<std::uint32_t>(number - 1);
  order.batch = broker::encode_batch({&message, 1}, request.ack);
  const auto waiting = std::make_shared<answer>(std::move(reply));
  self_->request(*dispatcher, caf::infinite, std::move(order))
    .then(
      [this, number, waiting](const envelope<schema::AppendReply>& stored) {
        std::int64_t time_ms = 0;
        stored_message_place place;
        place.queue = static_cast<std::uint32_t>(number - 1);
        const auto read = stored.read([&](schema::AppendReply::Reader r) {
          place.offset = {r.getFirstOffset()};
          place.position = {r.getFirstPosition()};
          time_ms = r.getStoreTime();
        });
        APOGEE_CHECK(read.has_value()); // it comes from this process
        levels_[place.queue].line.stored(time_ms);
        waiting->give(place);
        go_on(number);
      },
      [waiting](const caf::error& error) {
        waiting->refuse(to_failure(error));
      });
}

// -- messages that are due ----------------------------------------------------

void delay_service::go_on(int number) {
  auto& it = at(number);
  const auto now_ms = options_.wall_clock_ms();
  if (const auto from = it.line.to_read(now_ms))
    read(number, *from);
  if (const auto count = it.line.to_deliver(now_ms))
    deliver(number, count);
  const auto next_ms = it.line.wake_at_ms();
  if (!next_ms || (it.alarm_ms && *it.alarm_ms <= *next_ms))
    return;
  it.alarm_ms = next_ms;
  self_->delayed_send(
    self_,
    std::chrono::milliseconds{std::max<std::int64_t>(*next_ms - now_ms, 0)},
    due_atom::value, number);
}

void delay_service::read(int number, queue_offset from) {
  const auto dispatcher = options_.dispatcher();
  if (!dispatcher) {
    at(number).line.read_failed(options_.wall_clock_ms() + soon_ms);
    return;
  }
  broker::local_pull pull;
  pull.topic = schedule_topic;
  pull.queue = static_cast<std::uint32_t>(number - 1);
  pull.order.offset = from;
  pull.order.count_max = held_count_max;
  pull.order.bytes_max = held_bytes_max;
  pull.order.wants_ends = true;
  self_->request(*dispatcher, peer_timeout, std::move(pull))
    .then(
      [this, number](const envelope<schema::PullReply>& pulled) {
        take(number, pulled);
      },
      [this, number](const caf::error&) {
        at(number).line.read_failed(options_.wall_clock_ms() + soon_ms);
        go_on(number);
      });
}

void delay_service::take(int number,
                         const envelope<schema::PullReply>& pulled) {
  auto& it = at(number);
  std::deque<core::delay_line::held> held;
  broker::for_each_message(
    pulled, [&](const record_view& record, const message_view& message) {
      held.push_back({record.fields.offset, record.fields.store_time_ms});
      auto& one = it.messages.emplace_back();
      one.owner = pulled;
      one.message = message;
      one.properties = message.properties;
      remoting::remove_property(one.properties, names::delay_level);
      one.topic =
        remoting::find_property(one.properties, names::real_topic).value_or("");
      if (!remoting::parse_integer(
            remoting::find_property(one.properties, names::real_queue_id)
              .value_or(""),
            one.queue))
        one.topic.clear();
    });
  const auto read = pulled.read([&](schema::PullReply::Reader r) {
    // What was deleted meanwhile is passed over.
    const auto next = std::max(r.getNextOffset(), r.getMinOffset());
    if (const auto from = it.line.next().value; r.getMinOffset() > from)
      options_.note(std::to_string(r.getMinOffset() - from)
                    + " messages of delay level " + std::to_string(number)
                    + " were deleted with the log's oldest files before they "
                      "were due; storage.retention is too short for it");
    it.line.read(std::move(held), {std::min(next, r.getMaxOffset())},
                 {r.getMaxOffset()});
  });
  APOGEE_CHECK(read.has_value()); // it comes from this process
  go_on(number);
}

/// Those that go to one queue are stored together; the level goes on when all
/// of them are.
void delay_service::deliver(int number, std::size_t count) {
  auto& it = at(number);
  std::map<destination, std::vector<std::size_t>> by_queue;
  for (std::size_t i = 0; i < count; ++i) {
    auto& one = it.messages[i];
    if (!one.is_done && one.topic.empty()) {
      options_.note("a message of delay level " + std::to_string(number)
                    + " says of no topic that it belongs there; it is dropped");
      one.is_done = true;
    }
    if (!one.is_done)
      by_queue[{one.topic, one.queue}].push_back(i);
  }
  if (by_queue.empty()) {
    delivered(number, count);
    return;
  }

  struct outcome {
    std::size_t missing = 0;
    std::int64_t pause_ms = 0;
  };

  const auto all = std::make_shared<outcome>(outcome{by_queue.size(), 0});
  for (auto& [to, which] : by_queue)
    store(number, to, std::move(which),
          [this, number, count, all](std::int64_t pause_ms) {
            all->pause_ms = std::max(all->pause_ms, pause_ms);
            if (--all->missing > 0)
              return;
            if (all->pause_ms == 0) {
              delivered(number, count);
              return;
            }
            at(number).line.delivery_failed(options_.wall_clock_ms()
                                            + all->pause_ms);
            go_on(number);
          });
}

void delay_service::store(int number, const destination& to,
                          std::vector<std::size_t> which,
                          std::function<void(std::int64_t)> then) {
  auto& it = at(number);
  const auto dispatcher = options_.dispatcher();
  const auto catalog = options_.topic_catalog();
  if (!dispatcher || !catalog) {
    then(soon_ms);
    return;
  }
  std::vector<message_view> messages;
  for (const auto i : which) {
    auto& one = messages.emplace_back(it.messages[i].message);
    one.properties = it.messages[i].properties;
  }
  broker::local_append order;
  order.topic = to.first;
  order.queue = to.second;
  // It was accepted: one topic that is closed now must not hold up the others.
  order.is_own = true;
  // The progress comes behind it in the log: what loses one loses both.
  order.batch = broker::encode_batch(messages, ack_level::memory);
  broker::append_with_topic(
    self_, *dispatcher, *catalog, order, to.second + 1,
    [this, number, to, which,
     then](const result<envelope<schema::AppendReply>>& stored) {
      auto& held = at(number).messages;
      if (!stored && stored.error().code == errc::unknown_queue
          && to.second != 0) { // the topic has become smaller
        for (const auto i : which)
          held[i].queue = 0;
        then(soon_ms);
        return;
      }
      const auto is_lost = !stored && is_hopeless(stored.error().code);
      for (const auto i : which)
        held[i].is_done = stored || is_lost;
      if (!stored && !is_transient(stored.error().code))
        options_.note(std::to_string(which.size()) + " messages of delay level "
                      + std::to_string(number)
                      + (is_lost ? " are dropped: " : " have to wait: ")
                      + to_string(stored.error()));
      then(stored || is_lost ? 0 : pause_after(stored.error()));
    });
}

void delay_service::delivered(int number, std::size_t count) {
  auto& it = at(number);
  it.messages.erase(it.messages.begin(),
                    it.messages.begin() + static_cast<std::ptrdiff_t>(count));
  it.line.delivered(count);
  commit(number);
  go_on(number);
}

/// When it cannot be kept, the next one brings it.
void delay_service::commit(int number) {
  const auto log = options_.log();
  if (!log)
    return;
  const auto body = envelope<schema::OffsetCommit>::build([&](auto b) {
    b.setGroup(delay_group);
    auto one = b.initOffsets(1)[0];
    one.setTopicId(topic_.value);
    one.setQueue(static_cast<std::uint32_t>(number - 1));
    one.setOffset(at(number).line.next().value);
  });
  self_
    ->request(*log, caf::infinite,
              append_record{record_type::offset_commit, ack_level::memory,
                            body.words()})
    .then([](log_position) {}, [](const caf::error&) {});
}

} // namespace apogee::special
