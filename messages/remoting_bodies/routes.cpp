#include "messages/remoting_bodies/routes.hpp"

#include "messages/remoting_bodies/json_writer.hpp"

namespace apogee::remoting {

static void write(json_writer& out, const broker_route& x) {
  out.put_map("brokerAddrs", x.addresses, "brokerName", x.broker_name,
              "cluster", x.cluster, "enableActingMaster", x.acting_master);
}

static void write(json_writer& out, const queue_route& x) {
  out.put_map("brokerName", x.broker_name, "perm", x.permission,
              "readQueueNums", x.read_queues, "topicSysFlag", x.system_flag,
              "writeQueueNums", x.write_queues);
}

std::string write_topic_route(const topic_route& x) {
  const std::map<std::string, bool> filter_servers; // none since 4.x
  return write_map_body("brokerDatas", x.brokers, "filterServerTable",
                        filter_servers, "orderTopicConf", x.order_config,
                        "queueDatas", x.queues);
}

std::string write_cluster_info(const std::vector<broker_route>& brokers) {
  std::map<std::string, std::vector<std::string>> names_by_cluster;
  for (const auto& broker : brokers)
    names_by_cluster[broker.cluster].push_back(broker.broker_name);
  const auto table = [&](json_writer& out) {
    out.put_entries(brokers, [&](const broker_route& broker) {
      out.put_member(broker.broker_name, broker);
    });
  };
  return write_map_body("brokerAddrTable", table, "clusterAddrTable",
                        names_by_cluster);
}

std::string write_broker_member_group(const broker_route& broker) {
  return write_map_body("brokerMemberGroup", broker);
}

} // namespace apogee::remoting
