#include "actors/naming/route_encoding.hpp"

namespace apogee::naming {

namespace {

constexpr std::size_t words_of_broker = 48; // names and addresses included
constexpr std::size_t words_of_topic = 12;

void encode_broker(const core::broker_description& broker,
                   schema::BrokerInfo::Builder out) {
  out.setCluster(broker.key.cluster);
  out.setName(broker.key.name);
  out.setId(broker.key.id);
  out.setIncarnation(broker.incarnation);
  out.setNativeAddress(broker.native_address);
  out.setRemotingAddress(broker.remoting_address);
  out.setRemotingAnyHost(broker.remoting_any_host);
}

void encode_queues(const core::served_queues& queues,
                   schema::TopicQueues::Builder out) {
  out.setWrite(queues.write);
  out.setRead(queues.read);
  out.setPermission(queues.permission);
  out.setSystemFlag(queues.system_flag);
}

core::broker_description decode_broker(schema::BrokerInfo::Reader in) {
  core::broker_description broker;
  broker.key = {in.getCluster(), in.getName(), in.getId()};
  broker.incarnation = in.getIncarnation();
  broker.native_address = in.getNativeAddress();
  broker.remoting_address = in.getRemotingAddress();
  broker.remoting_any_host = in.getRemotingAnyHost();
  return broker;
}

} // namespace

envelope<schema::RegisterRequest>
encode_registration(const core::registration_report& report) {
  const auto topics = report.changed.size() + report.deleted.size();
  return envelope<schema::RegisterRequest>::build(
    [&](schema::RegisterRequest::Builder out) {
      encode_broker(report.broker, out.initBroker());
      out.setComplete(report.complete);
      out.setSequence(report.sequence);
      out.setExpiryMs(static_cast<std::uint32_t>(report.expiry.count()));
      auto changed =
        out.initChanged(static_cast<unsigned>(report.changed.size()));
      for (unsigned i = 0; i < changed.size(); ++i) {
        changed[i].setTopic(report.changed[i].topic);
        encode_queues(report.changed[i].queues, changed[i].initQueues());
      }
      auto deleted =
        out.initDeleted(static_cast<unsigned>(report.deleted.size()));
      for (unsigned i = 0; i < deleted.size(); ++i)
        deleted.set(i, report.deleted[i]);
    },
    words_of_broker + topics * words_of_topic);
}

result<core::registration_report>
decode_registration(const envelope<schema::RegisterRequest>& request) {
  return request.read([](schema::RegisterRequest::Reader in)
                        -> result<core::registration_report> {
    core::registration_report report;
    report.broker = decode_broker(in.getBroker());
    if (report.broker.key.name.empty())
      return {errc::invalid_argument,
              "the broker that registers has no name; set node.name"};
    report.complete = in.getComplete();
    report.sequence = in.getSequence();
    report.expiry = std::chrono::milliseconds{in.getExpiryMs()};
    report.changed.reserve(in.getChanged().size());
    for (const auto topic : in.getChanged()) {
      const auto queues = topic.getQueues();
      report.changed.push_back(
        {topic.getTopic(),
         {queues.getWrite(), queues.getRead(), queues.getPermission(),
          queues.getSystemFlag()}});
    }
    report.deleted.reserve(in.getDeleted().size());
    for (const auto topic : in.getDeleted())
      report.deleted.emplace_back(topic);
    return report;
  });
}

envelope<schema::RouteReply>
encode_routes(const std::vector<core::registered_route>& routes) {
  return envelope<schema::RouteReply>::build(
    [&](schema::RouteReply::Builder out) {
      auto list = out.initRoutes(static_cast<unsigned>(routes.size()));
      for (unsigned i = 0; i < list.size(); ++i) {
        encode_broker(routes[i].broker, list[i].initBroker());
        encode_queues(routes[i].queues, list[i].initQueues());
      }
    },
    16 + routes.size() * words_of_broker);
}

} // namespace apogee::naming
