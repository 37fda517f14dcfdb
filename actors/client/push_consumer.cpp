#include "actors/client/push_consumer.hpp"

#include "actors/client/environment.hpp"
#include "actors/client/push_consumer_actor.hpp"
#include "messages/names.hpp"

#include <caf/send.hpp>

#include <random>
#include <unistd.h>
#include <utility>

namespace apogee::client {

namespace {

/// Unique among all members of all groups: host, process, and a random part for
/// several consumers of one process.
std::string make_member_id() {
  char host[256] = {};
  ::gethostname(host, sizeof(host) - 1);
  std::random_device source;
  const auto random = (std::uint64_t{source()} << 32) | source();
  return std::string{host} + "-" + std::to_string(::getpid()) + "-"
         + std::to_string(random);
}

} // namespace

class push_consumer::implementation {
public:
  implementation(caf::actor_system& sys, push_consumer_settings settings,
                 listener user, const environment& where) {
    if (settings.member_id.empty())
      settings.member_id = make_member_id();
    context->pool = std::make_shared<listener_pool>(std::move(user), settings);
    context->status = std::make_shared<consumer_status>();
    context->lifetime = std::make_shared<actor_lifetime>();
    context->connector = where.connector;
    context->in_io_thread = where.in_io_thread;
    if (settings.model == message_model::broadcasting)
      context->offsets =
        std::make_shared<broadcast_offsets>(settings.offset_file);
    else if (!settings.ordered)
      context->retry_topic = retry_topic(settings.group);
    context->settings = std::move(settings);
    actor =
      spawn_scheduled<push_consumer_actor>(sys, consumer_context_ptr{context});
  }

  ~implementation() { stop(); }

  void stop() {
    // Listeners first: what they finished goes into the last report.
    context->pool->stop();
    caf::anon_send(actor, stop_consumer_atom::value);
    if (!actor_lifetime::must_not_wait())
      context->lifetime->wait_until_terminated();
  }

  std::shared_ptr<consumer_context> context =
    std::make_shared<consumer_context>();
  caf::actor actor;
};

class push_consumer_starter {
public:
  static push_consumer start(caf::actor_system& sys,
                             push_consumer_settings settings, listener user,
                             const environment& where) {
    push_consumer out;
    out.impl_ = std::make_shared<push_consumer::implementation>(
      sys, std::move(settings), std::move(user), where);
    return out;
  }
};

void push_consumer::stop() {
  if (impl_)
    impl_->stop();
}

std::vector<topic_queue> push_consumer::queues() const {
  return impl_->context->status->queues();
}

std::optional<failure> push_consumer::problem() const {
  return impl_->context->status->problem();
}

std::uint64_t push_consumer::skipped_messages() const {
  return impl_->context->status->skipped_messages;
}

std::uint64_t push_consumer::corrected_offsets() const {
  return impl_->context->status->corrected_offsets;
}

push_consumer spawn_push_consumer(caf::actor_system& sys,
                                  push_consumer_settings settings,
                                  message_listener user) {
  return push_consumer_starter::start(
    sys, std::move(settings), {std::move(user), {}}, default_environment(sys));
}

push_consumer spawn_push_consumer(caf::actor_system& sys,
                                  push_consumer_settings settings,
                                  batch_listener user) {
  return push_consumer_starter::start(
    sys, std::move(settings), {{}, std::move(user)}, default_environment(sys));
}

push_consumer spawn_push_consumer(caf::actor_system& sys,
                                  push_consumer_settings settings,
                                  message_listener user,
                                  const environment& where) {
  return push_consumer_starter::start(sys, std::move(settings),
                                      {std::move(user), {}}, where);
}

push_consumer spawn_push_consumer(caf::actor_system& sys,
                                  push_consumer_settings settings,
                                  batch_listener user,
                                  const environment& where) {
  return push_consumer_starter::start(sys, std::move(settings),
                                      {{}, std::move(user)}, where);
}

} // namespace apogee::client
