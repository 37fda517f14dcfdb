#pragma once

#include "actors/broker/context.hpp"
#include "actors/handle_provider.hpp"
#include "actors/remoting/broker_tables.hpp"
#include "actors/remoting/messages.hpp"
#include "actors/remoting/request_reading.hpp"
#include "actors/remoting/topic_mirror.hpp"
#include "messages/remoting/command.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace apogee::remoting {

/// The requests that a broker_service serves.
const std::vector<std::int32_t>& broker_service_codes();

struct broker_service_options {
  broker::context_ptr shared;
  std::shared_ptr<traffic> clients; ///< outlives restarts, of this actor alone
  std::function<std::uint16_t()> port; ///< for RocketMQ's clients
  handle_provider<caf::actor> topic_catalog;
  handle_provider<caf::actor> dispatcher;
};

/// What RocketMQ's tools want to know of a broker: its state, its settings, its
/// topics and how full their queues are. Settings are shown and refused to be
/// changed. Has the broker's statistics sampled, and keeps nothing but samples
/// of how much is sent and pulled, and the age of the log.
/// Scheduled.
class broker_service {
public:
  broker_service(caf::event_based_actor* self, broker_service_options options);

  caf::behavior make_behavior();

private:
  using reply_promise = caf::typed_response_promise<service_answer>;
  using handler = void (broker_service::*)(const command&, reply_promise);

  static const request_table<handler>& handlers();
  friend const std::vector<std::int32_t>& broker_service_codes();

  reply_promise serve(const service_request& from);
  void give_runtime(reply_promise reply);
  void show_runtime(const command& request, reply_promise reply);
  void show_settings(const command& request, reply_promise reply);
  void change_settings(const command& request, reply_promise reply);
  void show_topics(const command& request, reply_promise reply);
  void show_topic(const command& request, reply_promise reply);
  void show_statistics(const command& request, reply_promise reply);
  void show_queues(const command& request, reply_promise reply);

  struct queue_inquiry;
  void ask_ends(const std::shared_ptr<queue_inquiry>& inquiry,
                std::uint32_t queue);
  void ask_last_time(const std::shared_ptr<queue_inquiry>& inquiry,
                     std::uint32_t queue, queue_offset last);

  void sample();
  void read_traffic();

  caf::event_based_actor* self_;
  broker_service_options options_;
  std::int64_t started_ms_;
  topic_mirror topics_;
  std::int64_t oldest_ms_ = -1; ///< as it was when it could be read last
};

} // namespace apogee::remoting
