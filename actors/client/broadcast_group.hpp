#pragma once

#include "actors/client/consumer_session.hpp"
#include "actors/client/route_watcher.hpp"

#include <caf/behavior.hpp>
#include <caf/scheduled_actor.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace apogee::client {

inline constexpr std::chrono::milliseconds broadcast_route_refresh{5'000};

/// The group of a broadcasting consumer at one broker: a group of one, which
/// gets every queue and keeps its offsets with the member instead of at the
/// broker. Speaks to a consumer_session as the service "groups" of a broker
/// does, and says by a link_update that it is there.
///
/// A queue that was not read before starts where the settings say; one that
/// has appeared since the group began with its topic, at its beginning. Ends
/// with its owner, which has to send it an exit message.
class broadcast_group {
public:
  static inline const char* name = "broadcast_group";

  broadcast_group(caf::scheduled_actor* self, caf::actor owner,
                  consumer_context_ptr shared, std::string broker,
                  std::string address, std::uint32_t link);
  ~broadcast_group();

  caf::behavior make_behavior();

private:
  using queue_key = std::pair<std::string, std::uint32_t>;

  struct queue_state {
    std::optional<queue_offset> start; // none: not known yet
    bool is_asked = false;
  };

  void routed(const route_update& update);
  void ask_starts();
  void ask_start(const queue_key& key);
  std::optional<std::int64_t> wanted_since_ms(const queue_key& key) const;
  void answered(const queue_key& key, bool is_by_time,
                schema::OffsetAnswer::Reader ends);
  void assign();
  envelope<schema::MemberReportReply>
  keep(const envelope<schema::MemberReport>& report);

  topic_queue place_of(const queue_key& key) const {
    return {broker_, key.first, key.second};
  }

  caf::scheduled_actor* self_;
  caf::actor owner_;
  consumer_context_ptr shared_;
  std::string broker_;
  std::string address_;
  std::uint32_t number_; // the owner's, of this link
  caf::actor watcher_;
  caf::actor link_;
  caf::actor broker_service_;
  caf::actor member_;
  /// Begins with the time: the member ignores what is older than what the group
  /// at the broker's last address has said.
  std::uint64_t generation_;
  std::map<std::string, std::uint32_t> topics_; // queues seen
  std::map<queue_key, queue_state> queues_;
};

} // namespace apogee::client
