#include "actors/client/pull_consumer.hpp"

#include "actors/client/environment.hpp"
#include "actors/client/pull_consumer_actor.hpp"
#include "actors/client/pull_reply_reading.hpp"

#include <caf/actor_clock.hpp>
#include <caf/send.hpp>

#include <future>
#include <utility>

namespace apogee::client {

class pull_consumer::implementation {
public:
  implementation(caf::actor_system& sys, pull_consumer_settings wanted,
                 const environment& where)
    : settings(std::move(wanted)), clock(sys.clock()) {
    actor = spawn_hot<pull_consumer_actor>(sys, where, settings,
                                           where.connector, inbox, lifetime);
    inbox->set_wake(
      [to = actor] { caf::anon_send(to, take_calls_atom::value); });
  }

  ~implementation() { stop(); }

  void stop() {
    inbox->close();
    if (lifetime->is_callback_thread())
      return lifetime->close_within_callback();
    caf::anon_send(actor, stop_consumer_atom::value);
    if (!actor_lifetime::must_not_wait())
      lifetime->wait_until_terminated();
  }

  /// False when the consumer was stopped, and nothing was sent.
  bool call(consumer_call&& request) {
    request.deadline += settings.timeout;
    return inbox->put(std::move(request));
  }

  pull_consumer_settings settings;
  caf::actor_clock& clock;
  std::shared_ptr<call_inbox> inbox = std::make_shared<call_inbox>();
  std::shared_ptr<actor_lifetime> lifetime = std::make_shared<actor_lifetime>();
  caf::actor actor;
};

namespace {

failure stopped_failure() {
  return {errc::closed, "the consumer was stopped"};
}

/// The blocking form of an asynchronous call.
template <class T, class Call>
result<T> wait_for(Call call) {
  if (actor_lifetime::must_not_wait())
    return {errc::invalid_argument, "waiting in a callback would never end; "
                                    "use the asynchronous call"};
  auto promise = std::make_shared<std::promise<result<T>>>();
  auto future = promise->get_future();
  call([promise](const result<T>& answer) { promise->set_value(answer); });
  return future.get();
}

} // namespace

void pull_consumer::queues_async(const std::string& topic,
                                 queues_callback done) {
  if (!impl_->call(
        {topic, {}, impl_->clock.now(), consumer_call::queues{done}}))
    done(stopped_failure());
}

void pull_consumer::pull_async(const topic_queue& queue, queue_offset offset,
                               std::chrono::milliseconds wait,
                               pull_limits limits, pull_callback done) {
  auto request = envelope<schema::PullRequest>::build([&](auto out) {
    out.setTopic(queue.topic);
    out.setQueue(queue.number);
    out.setOffset(offset.value);
    out.setCountMax(limits.messages_max);
    out.setBytesMax(limits.bytes_max);
    out.setWaitMs(static_cast<std::uint32_t>(wait.count()));
    set_filter(out, limits.filter);
  });
  if (!impl_->call({queue.topic, queue.broker, impl_->clock.now() + wait,
                    consumer_call::pull{std::move(request), done}}))
    done(stopped_failure());
}

void pull_consumer::offsets_async(const topic_queue& queue,
                                  std::int64_t store_time_ms,
                                  ends_callback done) {
  auto query = envelope<schema::OffsetQuery>::build([&](auto out) {
    out.setTopic(queue.topic);
    out.setQueue(queue.number);
    out.setStoreTimeMs(store_time_ms);
  });
  if (!impl_->call({queue.topic, queue.broker, impl_->clock.now(),
                    consumer_call::offsets{std::move(query), done}}))
    done(stopped_failure());
}

result<std::vector<topic_queue>>
pull_consumer::queues(const std::string& topic) {
  return wait_for<std::vector<topic_queue>>(
    [&](queues_callback done) { queues_async(topic, std::move(done)); });
}

result<pulled_batch> pull_consumer::pull(const topic_queue& queue,
                                         queue_offset offset,
                                         std::chrono::milliseconds wait,
                                         pull_limits limits) {
  return wait_for<pulled_batch>([&](pull_callback done) {
    pull_async(queue, offset, wait, limits, std::move(done));
  });
}

result<queue_ends> pull_consumer::offsets(const topic_queue& queue,
                                          std::int64_t store_time_ms) {
  return wait_for<queue_ends>([&](ends_callback done) {
    offsets_async(queue, store_time_ms, std::move(done));
  });
}

void pull_consumer::stop() {
  if (impl_)
    impl_->stop();
}

pull_consumer spawn_pull_consumer(caf::actor_system& sys,
                                  pull_consumer_settings settings) {
  return spawn_pull_consumer(sys, std::move(settings),
                             default_environment(sys));
}

pull_consumer spawn_pull_consumer(caf::actor_system& sys,
                                  pull_consumer_settings settings,
                                  const environment& where) {
  pull_consumer out;
  out.impl_ = std::make_shared<pull_consumer::implementation>(
    sys, std::move(settings), where);
  return out;
}

} // namespace apogee::client
