#include "tests/actors/client/fake_cluster.hpp"

#include <utility>

namespace apogee::client {

namespace {

// Promises can only be kept while their actor runs.
using answer_back_atom = caf::atom_constant<caf::atom("answerback")>;

} // namespace

caf::actor
client_test::spawn_group_service(std::shared_ptr<fake_groups> state) {
  auto actor = sys.spawn([state](caf::event_based_actor* service) {
    return caf::behavior{
      [=](const envelope<schema::JoinRequest>& request,
          const caf::actor& member) {
        seen_join join;
        join.member = member;
        (void)request.read([&](schema::JoinRequest::Reader in) {
          join.group = in.getGroup().cStr();
          join.member_id = in.getMemberId().cStr();
          for (const auto topic : in.getTopics())
            join.topics.emplace_back(topic.cStr());
        });
        state->joins.push_back(std::move(join));
        return envelope<schema::JoinReply>::build(
          [](auto out) { out.setHeartbeatIntervalMs(3000); });
      },
      [=](const envelope<schema::MemberReport>& request)
        -> caf::result<envelope<schema::MemberReportReply>> {
        seen_report report;
        (void)request.read([&](schema::MemberReport::Reader in) {
          report.generation = in.getGeneration();
          report.leaving = in.getLeaving();
          for (const auto offset : in.getOffsets())
            report.offsets[{offset.getQueue().getTopic().cStr(),
                            offset.getQueue().getQueue()}] = offset.getOffset();
        });
        state->reports.push_back(std::move(report));
        if (!state->refusals.empty()) {
          const auto why = state->refusals.front();
          state->refusals.pop_front();
          return make_error(why);
        }
        return envelope<schema::MemberReportReply>{};
      },
      [=](const envelope<schema::SendBack>& request)
        -> caf::result<envelope<schema::SendBackReply>> {
        (void)request.read([&](schema::SendBack::Reader in) {
          state->send_backs.push_back({in.getGroup().cStr(), in.getPosition(),
                                       in.getDelayLevel(),
                                       in.getMaxReconsumeTimes()});
        });
        if (state->send_back_failure.code != errc::none)
          return make_error(state->send_back_failure);
        if (!state->holds_send_backs)
          return envelope<schema::SendBackReply>{};
        state->held.push_back(service->make_response_promise());
        return caf::delegated<envelope<schema::SendBackReply>>{};
      },
      [=](answer_back_atom) {
        auto first = std::move(state->held.front());
        state->held.pop_front();
        first.deliver(envelope<schema::SendBackReply>{});
      },
    };
  });
  spawned_.push_back(actor);
  return actor;
}

void client_test::answer_send_back(fake_broker& broker) {
  caf::anon_send(broker.groups, answer_back_atom::value);
  run();
}

} // namespace apogee::client
