#pragma once

#include "actors/core/broker_statistics.hpp"
#include "actors/core/committed_offsets.hpp"
#include "actors/core/group_members.hpp"
#include "actors/core/group_table.hpp"
#include "actors/core/offset_resets.hpp"
#include "actors/handle_provider.hpp"
#include "actors/protocol.hpp"
#include "actors/remoting/messages.hpp"
#include "actors/remoting/offset_rules.hpp"
#include "actors/remoting/request_reading.hpp"
#include "actors/remoting/topic_mirror.hpp"
#include "messages/remoting/command.hpp"
#include "messages/remoting_bodies/message_queue.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace apogee::remoting {

/// The requests that an offset_service serves.
const std::vector<std::int32_t>& offset_service_codes();

struct offset_service_options {
  std::string broker_name;
  handle_provider<caf::actor> dispatcher;
  handle_provider<caf::actor> topic_catalog;
  handle_provider<caf::actor> group_catalog;
  handle_provider<caf::actor> clients; ///< takes member_requests
  handle_provider<caf::actor> groups;  ///< resets native members
  std::shared_ptr<core::offset_table> offsets;
  std::shared_ptr<core::offset_resets> resets;
  std::shared_ptr<core::broker_statistics> statistics;
  std::shared_ptr<const core::group_members> members;
  std::shared_ptr<const core::group_table> group_configs;
};

/// How far groups have come, for RocketMQ's tools: shows it, and sets it.
///
/// A reset counts at once for whoever starts to read. RocketMQ members that
/// read already are told by a request, and what they commit until they know
/// does not undo it (core::offset_resets); native members get a new
/// assignment, from their group's own reset.
///
/// REQUIRES: started when the views have what the log had (a client_service is
/// ready). Scheduled.
class offset_service {
public:
  offset_service(caf::event_based_actor* self, offset_service_options options);

  caf::behavior make_behavior();

private:
  using reply_promise = caf::typed_response_promise<service_answer>;
  using handler = void (offset_service::*)(const command&, reply_promise);
  using queue_offsets = std::map<std::uint32_t, queue_offset>;
  using topic_offsets = std::map<std::string, queue_offsets>;

  static const request_table<handler>& handlers();
  friend const std::vector<std::int32_t>& offset_service_codes();

  reply_promise serve(const service_request& from);

  // -- looking ----------------------------------------------------------------
  void show_earliest_time(const command& request, reply_promise reply);
  void show_progress(const command& request, reply_promise reply);
  void show_all(const command& request, reply_promise reply);
  void list_groups(const command& request, reply_promise reply);
  void list_topics(const command& request, reply_promise reply);
  void show_members_offsets(const command& request, reply_promise reply);

  struct progress_inquiry;
  void ask_progress(const std::shared_ptr<progress_inquiry>& inquiry,
                    const std::string& topic, std::uint32_t queue,
                    queue_offset committed, queue_offset pulled);

  // -- setting ----------------------------------------------------------------
  void reset(const command& request, reply_promise reply);
  void clone(const command& request, reply_promise reply);

  struct reset_job;
  void ask_target(const std::shared_ptr<reset_job>& job, std::uint32_t queue);
  void targets_known(const std::shared_ptr<reset_job>& job);
  void reset_natives(const std::shared_ptr<reset_job>& job);
  void finish(const std::shared_ptr<reset_job>& job);
  result<void> set(const std::string& group, const std::string& topic,
                   const queue_offsets& offsets, const reset_wish& wish);
  void clone_to(const std::string& group, const topic_offsets& offsets,
                reply_promise reply);

  // ---------------------------------------------------------------------------
  result<topic_offsets> offsets_of(const std::string& group) const;
  bool is_subscribed(const std::string& group, const std::string& topic) const;
  message_queue queue_of(const std::string& topic, std::uint32_t number) const;

  caf::event_based_actor* self_;
  offset_service_options options_;
  topic_mirror topics_;
};

} // namespace apogee::remoting
