#include "nodes/cli/node_status.hpp"

#include "nodes/cli/json_text.hpp"
#include "nodes/cli/quantity_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace apogee::cli {

namespace {

void take(port_status& out, schema::PortState::Reader r) {
  out.name = r.getName().cStr();
  for (const auto each : r.getCounters())
    out.counters.emplace_back(each.getName().cStr(), each.getValue());
  for (const auto each : r.getUnservedCodes())
    out.unserved_codes.emplace_back(each.getName().cStr(), each.getValue());
}

void take(broker_status& out, schema::StatusReply::Reader r) {
  out.node = r.getNode().cStr();
  out.version = r.getVersion().cStr();
  out.storage_error = r.getStorageError().cStr();
  out.pid = r.getPid();
  out.topics = r.getTopics();
  out.groups = r.getGroups();
  out.queues_active = r.getQueuesActive();
  out.uptime_ms = r.getUptimeMs();
  out.epoch = r.getEpoch();
  out.log_start = r.getLogStart();
  out.written = r.getWritten();
  out.flushed = r.getFlushed();
  out.applied = r.getApplied();
  out.messages_appended = r.getMessagesAppended();
  out.messages_pulled = r.getMessagesPulled();
  out.resident_bytes = r.getResidentBytes();
  out.in_flight_bytes = r.getInFlightBytes();
  out.refused_busy = r.getRefusedBusy();
  out.refused_malformed = r.getRefusedMalformed();
  out.disk_free_bytes = r.getDiskFreeBytes();
  for (const auto each : r.getPorts())
    take(out.ports.emplace_back(), each);
}

result<void> ask_broker(session& nodes, broker_status& out,
                        const std::string& option) {
  auto admin = nodes.connect(out.broker.native_address, "admin", option);
  if (!admin)
    return admin.error();
  const auto reply =
    admin->ask<schema::StatusReply>(envelope<schema::StatusRequest>{});
  if (!reply)
    return reply.error();
  return reply->read([&](schema::StatusReply::Reader r) { take(out, r); });
}

std::uint64_t distance(std::uint64_t ahead, std::uint64_t behind) {
  return ahead > behind ? ahead - behind : 0;
}

/// "12 connections, 3.1 KiB held, 5,120 requests; refusedCodes 310 (2)": what
/// went wrong only where it did.
std::string port_text(const port_status& port) {
  auto out = fmt::format(
    "{} connections, {} requests, {} held", count_text(port.at("connections")),
    count_text(port.at("requests")), size_text(port.at("heldBytes")));
  for (const auto& [name, value] : port.counters)
    if (value > 0 && name != "connections" && name != "requests"
        && name != "heldBytes" && name != "accepted")
      out += fmt::format(", {} {}", name, count_text(value));
  for (const auto& [code, count] : port.unserved_codes)
    out += fmt::format(", code {} not served ({})", code, count_text(count));
  return out;
}

std::string broker_text(const broker_status& s) {
  auto out =
    fmt::format("broker {} at {}\n", s.node.empty() ? s.broker.name : s.node,
                s.broker.native_address);
  if (s.why.code != errc::none)
    return out + "  no answer: " + s.why.text + "\n";
  const auto line = [&](std::string_view name, const std::string& text) {
    out += fmt::format("  {:<10}{}\n", name, text);
  };
  line("process",
       fmt::format("version {}, pid {}, up {}", s.version, s.pid,
                   duration_text(static_cast<std::int64_t>(s.uptime_ms))));
  line("serves", fmt::format("{} topics, {} groups, {} queues in use",
                             count_text(s.topics), count_text(s.groups),
                             count_text(s.queues_active)));
  line("messages", fmt::format("{} appended, {} pulled since the start",
                               count_text(s.messages_appended),
                               count_text(s.messages_pulled)));
  line("log", fmt::format("{} kept, {} not yet flushed, {} not yet in the "
                          "views, epoch {}",
                          size_text(distance(s.written, s.log_start)),
                          size_text(distance(s.written, s.flushed)),
                          size_text(distance(s.written, s.applied)), s.epoch));
  line("memory",
       fmt::format("{} resident, {} of requests in flight",
                   size_text(s.resident_bytes), size_text(s.in_flight_bytes)));
  line("disk", size_text(s.disk_free_bytes) + " free");
  line("refused", fmt::format("{} busy, {} malformed since the start",
                              count_text(s.refused_busy),
                              count_text(s.refused_malformed)));
  for (const auto& port : s.ports)
    line(port.name, port_text(port));
  line("storage",
       s.storage_error.empty() ? "sound" : "FAILED: " + s.storage_error);
  return out;
}

nlohmann::ordered_json port_json(const port_status& port) {
  nlohmann::ordered_json out;
  out["name"] = port.name;
  for (const auto& [name, value] : port.counters)
    out[name] = value;
  auto& codes = out["unservedCodes"] = nlohmann::ordered_json::object();
  for (const auto& [code, count] : port.unserved_codes)
    codes[code] = count;
  return out;
}

nlohmann::ordered_json broker_json(const broker_status& s) {
  nlohmann::ordered_json out;
  out["name"] = s.node.empty() ? s.broker.name : s.node;
  out["nativeAddress"] = s.broker.native_address;
  out["answers"] = s.why.code == errc::none;
  if (s.why.code != errc::none) {
    out["error"] = to_string(s.why.code);
    out["errorText"] = s.why.text;
    return out;
  }
  out["version"] = s.version;
  out["pid"] = s.pid;
  out["uptimeMs"] = s.uptime_ms;
  out["topics"] = s.topics;
  out["groups"] = s.groups;
  out["queuesActive"] = s.queues_active;
  out["epoch"] = s.epoch;
  out["logStart"] = s.log_start;
  out["written"] = s.written;
  out["flushed"] = s.flushed;
  out["applied"] = s.applied;
  out["messagesAppended"] = s.messages_appended;
  out["messagesPulled"] = s.messages_pulled;
  out["residentBytes"] = s.resident_bytes;
  out["inFlightBytes"] = s.in_flight_bytes;
  out["refusedBusy"] = s.refused_busy;
  out["refusedMalformed"] = s.refused_malformed;
  out["diskFreeBytes"] = s.disk_free_bytes;
  out["storageError"] = s.storage_error;
  auto& ports = out["ports"] = nlohmann::ordered_json::array();
  for (const auto& port : s.ports)
    ports.push_back(port_json(port));
  return out;
}

} // namespace

std::uint64_t port_status::at(std::string_view counter) const {
  for (const auto& [key, value] : counters)
    if (key == counter)
      return value;
  return 0;
}

result<cluster_status> ask_status(session& nodes, const std::string& broker) {
  cluster_status out;
  if (broker.empty()) {
    const auto names = nodes.nameserver();
    if (!names)
      return names.error();
    out.nameserver = names->node();
    out.nameserver_address = names->address();
  }
  const auto brokers = nodes.brokers();
  if (!brokers && brokers.error().code != errc::no_route)
    return brokers.error();
  if (brokers)
    for (const auto& each : *brokers) {
      broker_status status;
      status.broker = each;
      if (auto asked = ask_broker(nodes, status,
                                  broker.empty() ? "" : "--broker HOST:PORT");
          !asked)
        status.why = asked.error();
      out.brokers.push_back(std::move(status));
    }
  return out;
}

std::string status_text(const cluster_status& status) {
  std::string out;
  if (!status.nameserver_address.empty())
    out =
      fmt::format("nameserver {} at {} knows {} broker{}\n", status.nameserver,
                  status.nameserver_address, status.brokers.size(),
                  status.brokers.size() == 1 ? "" : "s");
  for (const auto& broker : status.brokers)
    out += broker_text(broker);
  return out;
}

std::string status_json(const cluster_status& status) {
  nlohmann::ordered_json out;
  if (!status.nameserver_address.empty())
    out["nameserver"] = {{"name", status.nameserver},
                         {"nativeAddress", status.nameserver_address}};
  auto& brokers = out["brokers"] = nlohmann::ordered_json::array();
  for (const auto& broker : status.brokers)
    brokers.push_back(broker_json(broker));
  return json_text(out);
}

} // namespace apogee::cli
