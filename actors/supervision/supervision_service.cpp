#include "actors/supervision/supervision_service.hpp"

#include "actors/supervision/crash_drill.hpp"
#include "actors/supervision/supervision_log.hpp"

#include <algorithm>
#include <string>

namespace apogee::supervision {

namespace {

using event_list = std::vector<supervision_event>;

envelope<schema::TreeReply> tree_reply(const std::vector<listed_actor>& tree) {
  const auto fill = [&](schema::TreeReply::Builder reply) {
    auto nodes = reply.initNodes(static_cast<unsigned>(tree.size()));
    for (unsigned i = 0; i < nodes.size(); ++i) {
      const auto& from = tree[i];
      auto node = nodes[i];
      node.setPath(from.path);
      if (from.unlisted != 0) {
        node.setKind("more");
        node.setState(std::to_string(from.unlisted) + " not listed");
        continue;
      }
      node.setKind(from.strategy.empty() ? "worker" : "supervisor");
      node.setState(std::string{to_string(from.state)});
      node.setRestarts(from.restarts);
      node.setSinceMs(from.since_ms);
      node.setStrategy(from.strategy);
    }
  };
  return envelope<schema::TreeReply>::build(fill, 64 + tree.size() * 20);
}

envelope<schema::LogReply> log_reply(const event_list& events) {
  const auto fill = [&](schema::LogReply::Builder reply) {
    auto list = reply.initEvents(static_cast<unsigned>(events.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      const auto& from = events[i];
      auto event = list[i];
      event.setSequence(from.sequence);
      event.setTimeMs(from.time_ms);
      event.setNode(from.node);
      event.setPath(from.path);
      event.setEvent(std::string{to_string(from.kind)});
      event.setReason(from.reason);
      event.setRestarts(from.restarts);
      event.setDecision(from.decision);
    }
  };
  return envelope<schema::LogReply>::build(fill, 64 + events.size() * 40);
}

/// The actor that a request names, if it may be made to fail.
result<std::pair<std::string, caf::actor>>
crash_target(const tree_context& tree, bool drills_enabled,
             schema::CrashRequest::Reader request) {
  const std::string path{request.getPath().cStr()};
  if (!drills_enabled)
    return {errc::permission_denied,
            "this node does not fail on demand; to allow it, set `[drills] "
            "enabled = true` in its configuration and restart it"};
  auto found = tree.actors->find(path);
  if (!found)
    return found.error();
  return std::pair{path, std::move(*found)};
}

} // namespace

supervision_service_actor::behavior_type
supervision_service(supervision_service_actor::pointer self, tree_context tree,
                    bool drills_enabled) {
  explain_crashes(self);
  using tree_result = caf::result<envelope<schema::TreeReply>>;
  using log_result = caf::result<envelope<schema::LogReply>>;
  using crash_result = caf::result<envelope<schema::CrashReply>>;
  return {
    [self, tree](const envelope<schema::TreeRequest>& message) -> tree_result {
      const auto read = message.read([](schema::TreeRequest::Reader) {});
      if (!read)
        return make_error(read.error(), self->current_sender());
      return tree_reply(tree.actors->list(listed_children_max));
    },
    [self, tree](const envelope<schema::LogRequest>& message) -> log_result {
      const auto events =
        message.read([&](schema::LogRequest::Reader request) -> event_list {
          const auto count =
            std::min<std::size_t>(request.getCountMax(), listed_events_max);
          return tree.log->events(request.getAfterSequence(), count);
        });
      if (!events)
        return make_error(events.error(), self->current_sender());
      return log_reply(*events);
    },
    [self, tree, drills_enabled](
      const envelope<schema::CrashRequest>& message) -> crash_result {
      auto target = message.read([&](schema::CrashRequest::Reader request) {
        return crash_target(tree, drills_enabled, request);
      });
      if (!target)
        return make_error(target.error(), self->current_sender());
      auto drill = self->spawn(crash_drill, target->second, target->first);
      return self->delegate(drill, message);
    },
  };
}

} // namespace apogee::supervision
