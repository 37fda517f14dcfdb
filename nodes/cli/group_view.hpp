#pragma once

#include "nodes/cli/session.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace apogee::cli {

struct group_queue {
  std::string topic;
  std::string broker;
  std::uint32_t queue = 0;
  std::uint64_t offset = 0;
  std::uint64_t max_offset = 0;
  std::string member;

  std::uint64_t lag() const {
    return max_offset > offset ? max_offset - offset : 0;
  }
};

struct group_member {
  std::string node;     ///< of a native member
  std::string address;  ///< of a RocketMQ client, as the following
  std::string language; ///< "JAVA"
  std::int32_t version = 0;
  std::map<std::string, std::string> subscriptions; ///< expression by topic
  std::size_t queues = 0;

  bool is_native() const { return address.empty(); }
};

/// A group as all brokers together have it: each has a coordinator of its own.
struct group_row {
  bool is_ordered = false;
  std::map<std::string, group_member> members;
  std::vector<group_queue> queues;

  std::uint64_t lag() const;
  std::set<std::string> topics() const;

  /// Of which its members want different things.
  std::set<std::string> differing_topics() const;
};

using group_map = std::map<std::string, group_row>;

result<void> merge_groups(group_map& groups, const broker_address& broker,
                          const envelope<schema::GroupList>& list);

/// Asks all brokers for a group, or for all of them when `name` is empty.
result<void> query_groups(session& nodes, const std::string& name,
                          group_map& groups);

std::string queues_text(const group_row& row);
std::string group_text(const std::string& name, const group_row& row);
std::string group_json(const std::string& name, const group_row& row);

/// What each member wants; those who want something else than others are named.
std::string connections_text(const std::string& name, const group_row& row);

} // namespace apogee::cli
