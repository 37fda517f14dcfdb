#pragma once

#include "config/remoting_settings.hpp"
#include "config/setting_rules.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

/// Every setting of every program: one plain struct per section of the
/// configuration file, with defaults. `describe` names each member once, with
/// its key, bounds and a sentence; the loader, `apogee config explain`, and the
/// sample files' test are made from it.
namespace apogee::config {

struct node_settings {
  std::string name = "apogee";
  std::string cluster = "DefaultCluster";
  std::string host = "127.0.0.1";
  std::uint16_t native_port = 0;

  template <class Visitor>
  static void describe(Visitor&& v, node_settings& s) {
    v.text("name", s.name,
           "Name of this node in logs and, on a broker, of its broker group in "
           "routes.",
           text_rule::name);
    v.text("cluster", s.cluster, "Name of the cluster the node belongs to.",
           text_rule::name);
    v.text("host", s.host,
           "Address to listen on and to tell others; peers on the native port "
           "are trusted, so keep it inside.",
           text_rule::filled);
    v.number("native-port", s.native_port, bounds<std::uint16_t>{0, 65535},
             "Port for native clients, brokers and the command line; 0 takes "
             "any free one.");
  }
};

struct nameserver_settings {
  std::uint16_t port = 9876;
  milliseconds broker_expiry{10'000};

  template <class Visitor>
  static void describe(Visitor&& v, nameserver_settings& s) {
    v.number("port", s.port, bounds<std::uint16_t>{0, 65535},
             "Port for RocketMQ clients; 0 takes any free one.");
    v.duration("broker-expiry", s.broker_expiry,
               bounds<milliseconds>{milliseconds{100}, milliseconds{600'000}},
               "A broker that is silent for so long is taken off the routes, "
               "unless its connection closes before.");
  }
};

struct broker_settings {
  std::uint16_t port = 10911;
  bool vip_channel = true;
  std::string advertised_address = "auto";
  std::vector<std::string> nameservers;
  milliseconds register_interval{3'000};
  std::uint64_t message_size_max = 4 * mib;
  std::uint32_t queues_per_topic_max = 1024;
  milliseconds queue_idle_after{60'000};
  std::uint64_t memory_limit = 256 * mib;
  std::uint32_t cold_readers = 2;

  template <class Visitor>
  static void describe(Visitor&& v, broker_settings& s) {
    v.number("port", s.port, bounds<std::uint16_t>{0, 65535},
             "Port for RocketMQ clients; 0 takes any free one.");
    v.flag("vip-channel", s.vip_channel,
           "Also listen on the port - 2, which RocketMQ clients use when their "
           "vipChannelEnabled is set; not with port 0.");
    v.text("advertised-address", s.advertised_address,
           "Where RocketMQ clients are told that this broker is, HOST or "
           "HOST:PORT (RocketMQ: brokerIP1); \"auto\" is [node] host, and when "
           "that is 0.0.0.0 or ::, the address at which they reached the "
           "nameserver if it is on the same machine.",
           text_rule::advertised);
    v.list("nameservers", s.nameservers,
           "Native addresses (HOST:PORT) of all nameservers; each is told "
           "everything.",
           text_rule::host_and_port);
    v.duration("register-interval", s.register_interval,
               bounds<milliseconds>{milliseconds{50}, milliseconds{60'000}},
               "Time between two heartbeats to a nameserver.");
    v.size("message-size-max", s.message_size_max,
           bounds<std::uint64_t>{kib, 16 * mib},
           "Largest message body that is accepted.");
    v.number("queues-per-topic-max", s.queues_per_topic_max,
             bounds<std::uint32_t>{1, 65'536},
             "Largest number of queues a topic may be created with.");
    v.duration("queue-idle-after", s.queue_idle_after,
               bounds<milliseconds>{milliseconds{100}, milliseconds{3'600'000}},
               "A queue that nobody used for so long gives its actor up; the "
               "next use starts it again.");
    v.size("memory-limit", s.memory_limit,
           bounds<std::uint64_t>{16 * mib, 64 * gib},
           "Memory for requests that are accepted and not yet answered; over "
           "it, senders are told to slow down.");
    v.number("cold-readers", s.cold_readers, bounds<std::uint32_t>{1, 16},
             "Threads that serve reads that may wait for the disk.");
  }
};

struct storage_settings {
  std::string data = "data";
  std::uint64_t segment_size = gib;
  milliseconds flush_interval{500};
  std::uint64_t recent_size = 16 * mib;
  std::uint64_t dirty_bytes_max = 256 * mib;
  milliseconds checkpoint_interval{500};
  milliseconds retention = std::chrono::hours{72};
  std::uint64_t retention_size = 0;
  milliseconds retention_check_interval{10'000};
  std::uint64_t disk_free_min = 256 * mib;
  std::uint64_t views_map_size = 64 * mib;

  template <class Visitor>
  static void describe(Visitor&& v, storage_settings& s) {
    v.text("data", s.data,
           "Folder of the log and its views; one process at a time uses it.",
           text_rule::filled);
    v.size("segment-size", s.segment_size, bounds<std::uint64_t>{mib, 4 * gib},
           "Size of one file of the log, allocated at once; the unit of "
           "deletion.");
    v.duration("flush-interval", s.flush_interval,
               bounds<milliseconds>{milliseconds{10}, milliseconds{60'000}},
               "Longest time until messages acknowledged from memory are "
               "flushed to disk.");
    v.size("dirty-bytes-max", s.dirty_bytes_max,
           bounds<std::uint64_t>{mib, 16 * gib},
           "Most bytes written and not yet flushed; over it, senders wait for "
           "the disk.");
    v.size("recent-size", s.recent_size, bounds<std::uint64_t>{mib, 64 * gib},
           "Newest part of the log kept in memory for consumers that keep up; "
           "what is older is read from files.");
    v.duration("checkpoint-interval", s.checkpoint_interval,
               bounds<milliseconds>{milliseconds{50}, milliseconds{60'000}},
               "Time between two commits of the views; a restart replays what "
               "was written since.");
    v.duration(
      "retention", s.retention,
      bounds<milliseconds>{milliseconds{0}, milliseconds{315'360'000'000}},
      "Messages older than this are deleted, a whole file of the log "
      "at a time; 0 keeps them for ever.");
    v.size("retention-size", s.retention_size,
           bounds<std::uint64_t>{0, 1024 * 1024 * gib},
           "Oldest files are deleted when the log is larger than this; 0 is no "
           "limit.");
    v.duration("retention-check-interval", s.retention_check_interval,
               bounds<milliseconds>{milliseconds{50}, milliseconds{3'600'000}},
               "Time between two looks for files to delete.");
    v.size("disk-free-min", s.disk_free_min,
           bounds<std::uint64_t>{0, 1024 * gib},
           "With less free space than this, messages are refused so that the "
           "node can still keep its books.");
    v.size("views-map-size", s.views_map_size,
           bounds<std::uint64_t>{mib, 1024 * gib},
           "First size of the views' memory map; it grows by itself.");
  }
};

struct group_settings {
  milliseconds heartbeat_interval{3'000};
  milliseconds release_timeout{5'000};
  milliseconds commit_interval{500};
  std::string delay_levels =
    "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";
  bool auto_create = true;

  template <class Visitor>
  static void describe(Visitor&& v, group_settings& s) {
    v.duration("heartbeat-interval", s.heartbeat_interval,
               bounds<milliseconds>{milliseconds{50}, milliseconds{60'000}},
               "How often a member of a group reports; silent for three times "
               "as long, it is taken for dead.");
    v.duration("release-timeout", s.release_timeout,
               bounds<milliseconds>{milliseconds{50}, milliseconds{600'000}},
               "How long a queue waits for its old member to let go of it "
               "before the new one gets it all the same.");
    v.duration("commit-interval", s.commit_interval,
               bounds<milliseconds>{milliseconds{10}, milliseconds{60'000}},
               "Longest time until offsets that members reported are in the "
               "log.");
    v.text("delay-levels", s.delay_levels,
           "How long messages of delay level 1, 2, … are kept; retries take "
           "the levels from 3 on (RocketMQ: messageDelayLevel).");
    v.flag("auto-create", s.auto_create,
           "Make a group when its first member comes (RocketMQ: "
           "autoCreateSubscriptionGroup).");
  }
};

struct supervision_settings {
  std::uint32_t restarts_max = 4;
  milliseconds restart_window{10'000};
  milliseconds backoff_first{10};
  milliseconds backoff_max{1'000};
  std::string log = "supervision.log";
  std::uint64_t log_size = 4 * mib;
  std::uint32_t log_files = 4;
  bool log_to_console = true;

  template <class Visitor>
  static void describe(Visitor&& v, supervision_settings& s) {
    v.number("restarts-max", s.restarts_max, bounds<std::uint32_t>{0, 1000},
             "Restarts of one supervisor's children inside the window; one "
             "failure more is passed upwards.");
    v.duration("restart-window", s.restart_window,
               bounds<milliseconds>{milliseconds{100}, milliseconds{3'600'000}},
               "Time over which restarts are counted.");
    v.duration("backoff-first", s.backoff_first,
               bounds<milliseconds>{milliseconds{0}, milliseconds{60'000}},
               "Wait before the second restart in a row; it doubles from one "
               "to the next.");
    v.duration("backoff-max", s.backoff_max,
               bounds<milliseconds>{milliseconds{0}, milliseconds{60'000}},
               "Longest wait before a restart.");
    v.text("log", s.log,
           "File of the supervision log, in the data folder "
           "unless absolute; empty for none.");
    v.size("log-size", s.log_size, bounds<std::uint64_t>{4 * kib, gib},
           "The log goes on in a new file at this size.");
    v.number("log-files", s.log_files, bounds<std::uint32_t>{1, 100},
             "Files of the supervision log that are kept.");
    v.flag("log-to-console", s.log_to_console,
           "Also write the supervision log to the standard error output.");
  }
};

struct drill_settings {
  bool enabled = false;

  template <class Visitor>
  static void describe(Visitor&& v, drill_settings& s) {
    v.flag("enabled", s.enabled,
           "Allow 'apogee supervision crash', which makes an actor fail.");
  }
};

/// Rules between settings, each told to `refuse(section, key, text)`.
template <class Refuse>
void check_supervision(Refuse&& refuse, const supervision_settings& s) {
  if (s.backoff_first > s.backoff_max)
    refuse("supervision", "backoff-first",
           "expected at most [supervision] backoff-max");
}

template <class Refuse>
void check_tls(Refuse&& refuse, const tls_settings& s) {
  if (s.certificate.empty() != s.key.empty())
    refuse("tls", s.key.empty() ? "key" : "certificate",
           "expected both certificate and key, or none of them");
  if (s.client_auth != "none" && s.client_authorities.empty())
    refuse("tls", "client-authorities",
           "expected a file, because client-auth asks for certificates");
}

template <class Refuse>
void check_storage(Refuse&& refuse, const broker_settings& broker,
                   const storage_settings& storage) {
  // A record may not span two files; headers and properties need room too.
  if (broker.message_size_max > storage.segment_size / 2)
    refuse("broker", "message-size-max",
           "expected at most half of [storage] segment-size");
}

template <class Refuse>
void check_remoting(Refuse&& refuse, const broker_settings& broker,
                    const remoting_settings& remoting) {
  // The buffer of a message on its way in may be twice as large as it, and
  // over half of the limit connections are slowed down.
  if (remoting.memory_limit < 4 * broker.message_size_max)
    refuse("remoting", "memory-limit",
           "expected at least four times [broker] message-size-max, which "
           "could not be received otherwise: raise the one or lower the "
           "other");
}

/// Where a nameserver is found unless told otherwise, so that two programs
/// with default settings on one machine find each other.
inline constexpr std::uint16_t nameserver_native_port = 9875;

/// What a nameserver reads.
struct nameserver_config {
  node_settings node{.native_port = nameserver_native_port};
  nameserver_settings nameserver;
  remoting_settings remoting;
  tls_settings tls;
  supervision_settings supervision;
  drill_settings drills;

  template <class Visitor>
  static void describe(Visitor&& v, nameserver_config& c) {
    v.section("node", c.node);
    v.section("nameserver", c.nameserver);
    v.section("remoting", c.remoting);
    v.section("tls", c.tls);
    v.section("supervision", c.supervision);
    v.section("drills", c.drills);
  }

  template <class Refuse>
  void check(Refuse&& refuse) const {
    check_supervision(refuse, supervision);
    check_tls(refuse, tls);
  }
};

/// What a broker reads.
struct broker_config {
  node_settings node;
  broker_settings broker{
    .nameservers = {"127.0.0.1:" + std::to_string(nameserver_native_port)}};
  storage_settings storage;
  remoting_settings remoting;
  tls_settings tls;
  group_settings groups;
  supervision_settings supervision;
  drill_settings drills;

  template <class Visitor>
  static void describe(Visitor&& v, broker_config& c) {
    v.section("node", c.node);
    v.section("broker", c.broker);
    v.section("storage", c.storage);
    v.section("remoting", c.remoting);
    v.section("tls", c.tls);
    v.section("groups", c.groups);
    v.section("supervision", c.supervision);
    v.section("drills", c.drills);
  }

  template <class Refuse>
  void check(Refuse&& refuse) const {
    check_supervision(refuse, supervision);
    check_tls(refuse, tls);
    check_storage(refuse, broker, storage);
    check_remoting(refuse, broker, remoting);
  }
};

/// What a standalone node reads: both.
struct standalone_config {
  node_settings node;
  nameserver_settings nameserver;
  broker_settings broker;
  storage_settings storage;
  remoting_settings remoting;
  tls_settings tls;
  group_settings groups;
  supervision_settings supervision;
  drill_settings drills;

  template <class Visitor>
  static void describe(Visitor&& v, standalone_config& c) {
    v.section("node", c.node);
    v.section("nameserver", c.nameserver);
    v.section("broker", c.broker);
    v.section("storage", c.storage);
    v.section("remoting", c.remoting);
    v.section("tls", c.tls);
    v.section("groups", c.groups);
    v.section("supervision", c.supervision);
    v.section("drills", c.drills);
  }

  template <class Refuse>
  void check(Refuse&& refuse) const {
    check_supervision(refuse, supervision);
    check_tls(refuse, tls);
    check_storage(refuse, broker, storage);
    check_remoting(refuse, broker, remoting);
  }
};

} // namespace apogee::config
