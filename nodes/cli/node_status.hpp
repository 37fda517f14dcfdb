#pragma once

#include "nodes/cli/session.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apogee::cli {

/// One of a broker's ports for RocketMQ clients.
struct port_status {
  std::string name;
  std::vector<std::pair<std::string, std::uint64_t>> counters;
  std::vector<std::pair<std::string, std::uint64_t>> unserved_codes;

  std::uint64_t at(std::string_view counter) const;
};

/// What `apogee status` shows of a broker.
struct broker_status {
  broker_address broker;
  failure why; ///< errc::none, or why the rest is not known
  std::string node;
  std::string version;
  std::string storage_error;
  std::uint32_t pid = 0;
  std::uint32_t topics = 0;
  std::uint32_t groups = 0;
  std::uint32_t queues_active = 0;
  std::uint64_t uptime_ms = 0;
  std::uint64_t epoch = 0;
  std::uint64_t log_start = 0;
  std::uint64_t written = 0;
  std::uint64_t flushed = 0;
  std::uint64_t applied = 0;
  std::uint64_t messages_appended = 0;
  std::uint64_t messages_pulled = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t in_flight_bytes = 0;
  std::uint64_t refused_busy = 0;
  std::uint64_t refused_malformed = 0;
  std::uint64_t disk_free_bytes = 0;
  std::vector<port_status> ports;
};

struct cluster_status {
  std::string nameserver; ///< its node's name; empty: not asked
  std::string nameserver_address;
  std::vector<broker_status> brokers;
};

/// Asks the nameserver and every broker; a broker that does not answer is
/// part of the answer.
result<cluster_status> ask_status(session& nodes, const std::string& broker);

std::string status_text(const cluster_status& status);
std::string status_json(const cluster_status& status);

} // namespace apogee::cli
