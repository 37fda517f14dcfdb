#include "messages/remoting_bodies/routes.hpp"

#include "messages/remoting_bodies/json_fields.hpp"
#include "messages/remoting_bodies/json_writer.hpp"

#include <charconv>
#include <utility>

namespace apogee::remoting {

static void write(json_writer& out, const broker_route& x) {
  out.put_map("brokerAddrs", x.addresses, "brokerName", x.broker_name,
              "cluster", x.cluster, "enableActingMaster", x.acting_master);
}

static void read(json_fields& in, broker_route& out) {
  in.require("brokerName", out.broker_name);
  in.read("cluster", out.cluster);
  std::map<std::string, std::string> addresses;
  in.read("brokerAddrs", addresses);
  for (auto& [text, address] : addresses) {
    std::int64_t id = 0;
    const auto* end = text.data() + text.size();
    if (std::from_chars(text.data(), end, id).ptr == end)
      out.addresses.emplace(id, std::move(address));
  }
  in.read("enableActingMaster", out.acting_master);
}

static void read(json_fields& in, queue_route& out) {
  in.require("brokerName", out.broker_name);
  in.read("readQueueNums", out.read_queues);
  in.read("writeQueueNums", out.write_queues);
  in.read("perm", out.permission);
  in.read("topicSysFlag", out.system_flag);
}

static void read(json_fields& in, topic_route& out) {
  in.read("brokerDatas", out.brokers);
  in.read("queueDatas", out.queues);
  in.read("orderTopicConf", out.order_config);
}

namespace {

struct cluster_info {
  std::map<std::string, broker_route> brokers;
};

void read(json_fields& in, cluster_info& out) {
  in.read("brokerAddrTable", out.brokers);
}

} // namespace

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

result<topic_route> parse_topic_route(std::string_view body) {
  return parse_body<topic_route>("route", body);
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

result<std::vector<broker_route>> parse_cluster_info(std::string_view body) {
  auto parsed = parse_body<cluster_info>("cluster", body);
  if (!parsed)
    return parsed.error();
  std::vector<broker_route> out;
  for (auto& [_, broker] : parsed->brokers)
    out.push_back(std::move(broker));
  return out;
}

std::string write_broker_member_group(const broker_route& broker) {
  return write_map_body("brokerMemberGroup", broker);
}

} // namespace apogee::remoting
