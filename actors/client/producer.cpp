#include "actors/client/producer.hpp"

#include "actors/client/environment.hpp"
#include "actors/client/producer_actor.hpp"
#include "actors/client/send_buffer.hpp"

#include <caf/actor_clock.hpp>
#include <caf/send.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace apogee::client {

namespace {

/// One blocked sender. Stays on its stack: it is always answered before the
/// producer ends.
class reply_slot {
public:
  void set(const result<receipt>& reply) {
    // Notifies under the lock: the waiter may destroy the slot right after.
    std::lock_guard guard{mutex_};
    reply_ = reply;
    signal_.notify_one();
  }

  result<receipt> wait() {
    std::unique_lock lock{mutex_};
    signal_.wait(lock, [this] { return reply_.has_value(); });
    return *std::move(reply_);
  }

private:
  std::mutex mutex_;
  std::condition_variable signal_;
  std::optional<result<receipt>> reply_;
};

} // namespace

class producer::implementation {
public:
  implementation(caf::actor_system& sys, producer_settings settings,
                 const environment& where)
    : buffer(std::make_shared<send_buffer>(
      send_limits{settings.in_flight_bytes_max, settings.batch_bytes_max,
                  settings.message_size_max, settings.send_timeout},
      [&clock = sys.clock()] { return clock.now(); })) {
    actor = spawn_hot<producer_actor>(sys, where, std::move(settings),
                                      where.connector, buffer);
    buffer->set_wake(
      [to = actor] { caf::anon_send(to, take_pending_atom::value); });
  }

  ~implementation() { stop(); }

  void stop() {
    buffer->close();
    if (buffer->lifetime.is_callback_thread())
      return buffer->lifetime.close_within_callback();
    caf::anon_send(actor, stop_producer_atom::value);
    if (!actor_lifetime::must_not_wait())
      buffer->lifetime.wait_until_terminated();
  }

  std::shared_ptr<send_buffer> buffer;
  caf::actor actor;
};

result<receipt> producer::send(const message& msg) {
  if (actor_lifetime::must_not_wait())
    return {errc::invalid_argument,
            "send() in a callback would wait for itself; use send_async()"};
  reply_slot slot;
  const auto sent = impl_->buffer->put(
    msg, [&slot](const result<receipt>& reply) { slot.set(reply); },
    send_buffer::when_full::wait);
  if (!sent)
    return sent.error();
  return slot.wait();
}

void producer::send_async(const message& msg, send_callback done) {
  const auto sent =
    impl_->buffer->put(msg, std::move(done), send_buffer::when_full::wait);
  if (!sent)
    done(sent.error()); // put() leaves it alone when it fails
}

std::future<result<receipt>> producer::send_async(const message& msg) {
  auto promise = std::make_shared<std::promise<result<receipt>>>();
  auto future = promise->get_future();
  send_async(msg, [promise](const result<receipt>& reply) {
    promise->set_value(reply);
  });
  return future;
}

result<void> producer::send_oneway(const message& msg) {
  return impl_->buffer->put(msg, {}, send_buffer::when_full::wait);
}

result<void> producer::try_send_async(const message& msg, send_callback done) {
  return impl_->buffer->put(msg, std::move(done),
                            send_buffer::when_full::refuse);
}

void producer::flush() {
  if (impl_ && !actor_lifetime::must_not_wait())
    impl_->buffer->wait_until_answered();
}

void producer::stop() {
  if (impl_)
    impl_->stop();
}

producer spawn_producer(caf::actor_system& sys, producer_settings settings) {
  return spawn_producer(sys, std::move(settings), default_environment(sys));
}

producer spawn_producer(caf::actor_system& sys, producer_settings settings,
                        const environment& where) {
  producer out;
  out.impl_ =
    std::make_shared<producer::implementation>(sys, std::move(settings), where);
  return out;
}

} // namespace apogee::client
