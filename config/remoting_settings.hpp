#pragma once

#include "config/setting_rules.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

/// The sections about the ports for RocketMQ's clients; see settings.hpp.
namespace apogee::config {

/// For RocketMQ's clients, at a nameserver's and at a broker's port.
struct remoting_settings {
  std::uint32_t connections_max = 10'000;
  milliseconds idle_max{120'000};
  bool auto_create_topics = true;
  bool flush_disk = false;
  milliseconds flush_timeout{5'000};
  std::uint64_t unanswered_bytes_max = 4 * mib;
  std::uint64_t unsent_bytes_max = 4 * mib;
  std::uint32_t pulls_max = 10'000;
  std::uint64_t memory_limit = 512 * mib;
  std::string differing_subscriptions = "newest";

  template <class Visitor>
  static void describe(Visitor&& v, remoting_settings& s) {
    v.number("connections-max", s.connections_max,
             bounds<std::uint32_t>{1, 1'000'000},
             "Connections of RocketMQ clients to one port; more are closed at "
             "once.");
    v.duration(
      "idle-max", s.idle_max,
      bounds<milliseconds>{milliseconds{1'000}, milliseconds{3'600'000}},
      "A connection on which nothing was said for so long is closed.");
    v.flag("auto-create-topics", s.auto_create_topics,
           "Create a topic with the first message that is sent to it "
           "(RocketMQ: autoCreateTopicEnable).");
    v.flag("flush-disk", s.flush_disk,
           "Answer RocketMQ producers when their messages are flushed to disk "
           "(RocketMQ: flushDiskType=SYNC_FLUSH).");
    v.duration(
      "flush-timeout", s.flush_timeout,
      bounds<milliseconds>{milliseconds{10}, milliseconds{600'000}},
      "A producer that waits for the disk is answered FLUSH_DISK_TIMEOUT "
      "after this; its message stays stored (RocketMQ: syncFlushTimeout).");
    v.size("unanswered-bytes-max", s.unanswered_bytes_max,
           bounds<std::uint64_t>{64 * kib, gib},
           "Messages of one connection that are not stored yet; over it, the "
           "connection is not read.");
    v.size("unsent-bytes-max", s.unsent_bytes_max,
           bounds<std::uint64_t>{64 * kib, gib},
           "Answers that a client has not taken yet; over it, its connection "
           "is not read and its pulls wait.");
    v.number("pulls-max", s.pulls_max, bounds<std::uint32_t>{1, 1'000'000},
             "Pulls of one connection that are not answered; more are told to "
             "come again later.");
    v.size("memory-limit", s.memory_limit,
           bounds<std::uint64_t>{mib, 1024 * gib},
           "What all connections of a port may hold; over half of it, those "
           "that hold much are not read, over all of it, the one with the "
           "longest incomplete frame is closed.");
    v.choice(
      "differing-subscriptions", s.differing_subscriptions,
      {"newest", "refuse"},
      "When a member of a consumer group wants something else of a topic "
      "than the others: newest lets the newest subscription count for "
      "all, as in RocketMQ, and says so in the log; refuse does not let "
      "the member into the group.");
  }
};

/// RocketMQ: tls.server.*; of the ports for its clients.
struct tls_settings {
  std::string mode = "permissive";
  std::string certificate;
  std::string key;
  std::string key_password;
  std::string client_authorities;
  std::string client_auth = "none";

  template <class Visitor>
  static void describe(Visitor&& v, tls_settings& s) {
    v.choice("mode", s.mode, {"disabled", "permissive", "enforcing"},
             "TLS on the ports of RocketMQ clients: disabled refuses it, "
             "permissive serves it and plain text on the same port, enforcing "
             "refuses plain text (RocketMQ: tls.server.mode).");
    v.text("certificate", s.certificate,
           "File with the certificate and those that lead to its authority, "
           "PEM; empty: one that nobody has signed is made at every start, for "
           "encryption alone.");
    v.text("key", s.key, "File with the certificate's private key, PEM.");
    v.text("key-password", s.key_password,
           "What the key is encrypted with; empty when it is not.");
    v.text("client-authorities", s.client_authorities,
           "File with the certificates of those who may sign clients', PEM.");
    v.choice("client-auth", s.client_auth, {"none", "optional", "require"},
             "Whether clients are asked for a certificate, and must have one "
             "(RocketMQ: tls.server.need.client.auth).");
  }
};

} // namespace apogee::config
