#include "nodes/cli/group_view.hpp"

#include "messages/names.hpp"
#include "messages/remoting_bodies/client_names.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/json_text.hpp"
#include "nodes/cli/table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace apogee::cli {

namespace {

using side = text_table::side;

void take(group_member& known, schema::Member::Reader in) {
  known.node = in.getNode().cStr();
  known.address = in.getAddress().cStr();
  known.language = remoting::language_name(in.getLanguage());
  known.version = in.getVersion();
  known.queues += in.getQueues().size();
  for (const auto one : in.getSubscriptions())
    if (const std::string topic = one.getTopic().cStr();
        !topic.starts_with(retry_topic_prefix))
      known.subscriptions[topic] = one.getExpression().cStr();
}

std::string address_text(const group_member& member) {
  return member.is_native() ? member.node : member.address;
}

std::string language_text(const group_member& member) {
  return member.is_native() ? "native" : member.language;
}

std::string version_text(const group_member& member) {
  return member.is_native() ? "-" : std::to_string(member.version);
}

std::string differences_text(const group_row& row) {
  const auto differing = row.differing_topics();
  return differing.empty()
           ? std::string{}
           : fmt::format("its members want different things of {}; the newest "
                         "subscription counts\n",
                         fmt::join(differing, ", "));
}

} // namespace

std::uint64_t group_row::lag() const {
  std::uint64_t sum = 0;
  for (const auto& queue : queues)
    sum += queue.lag();
  return sum;
}

std::set<std::string> group_row::topics() const {
  std::set<std::string> out;
  for (const auto& queue : queues)
    out.insert(queue.topic);
  return out;
}

std::set<std::string> group_row::differing_topics() const {
  std::map<std::string, std::string> first;
  std::set<std::string> out;
  for (const auto& [id, member] : members)
    for (const auto& [topic, expression] : member.subscriptions)
      if (first.emplace(topic, expression).first->second != expression)
        out.insert(topic);
  return out;
}

result<void> merge_groups(group_map& groups, const broker_address& broker,
                          const envelope<schema::GroupList>& list) {
  return list.read([&](schema::GroupList::Reader r) {
    for (const auto group : r.getGroups()) {
      auto& row = groups[group.getName().cStr()];
      row.is_ordered = row.is_ordered || group.getOrdered();
      for (const auto member : group.getMembers())
        take(row.members[member.getId().cStr()], member);
      for (const auto queue : group.getQueues())
        row.queues.push_back({queue.getQueue().getTopic().cStr(), broker.name,
                              queue.getQueue().getQueue(), queue.getOffset(),
                              queue.getMaxOffset(), queue.getMember().cStr()});
    }
  });
}

result<void> query_groups(session& nodes, const std::string& name,
                          group_map& groups) {
  const auto request =
    envelope<schema::GroupQuery>::build([&](auto b) { b.setGroup(name); });
  return nodes.ask_each_broker<schema::GroupList>(
    "groups", errc::unknown_group, request,
    [&](const broker_address& broker, const auto& list) {
      return merge_groups(groups, broker, list);
    });
}

std::string queues_text(const group_row& row) {
  text_table table{{{"TOPIC"},
                    {"BROKER"},
                    {"QUEUE", side::right},
                    {"OFFSET", side::right},
                    {"MAX", side::right},
                    {"LAG", side::right},
                    {"MEMBER"}}};
  for (const auto& queue : row.queues)
    table.add({queue.topic, queue.broker, std::to_string(queue.queue),
               std::to_string(queue.offset), std::to_string(queue.max_offset),
               std::to_string(queue.lag()),
               queue.member.empty() ? "-" : queue.member});
  return table.is_empty() ? std::string{} : table.text();
}

std::string group_text(const std::string& name, const group_row& row) {
  auto out = fmt::format("group {}: {}, {}, {}, {} behind\n", name,
                         row.is_ordered ? "ordered" : "concurrent",
                         counted(row.members.size(), "member"),
                         counted(row.queues.size(), "queue"),
                         counted(row.lag(), "message"));
  out += differences_text(row);
  text_table members{{{"MEMBER"},
                      {"QUEUES", side::right},
                      {"ADDRESS"},
                      {"LANGUAGE"},
                      {"VERSION", side::right}}};
  for (const auto& [id, member] : row.members)
    members.add({id, std::to_string(member.queues), address_text(member),
                 language_text(member), version_text(member)});
  if (!members.is_empty())
    out += members.text() + "\n";
  return out + queues_text(row);
}

std::string connections_text(const std::string& name, const group_row& row) {
  text_table table{{{"MEMBER"},
                    {"ADDRESS"},
                    {"LANGUAGE"},
                    {"VERSION", side::right},
                    {"TOPIC"},
                    {"SUBSCRIPTION"}}};
  for (const auto& [id, member] : row.members) {
    if (member.subscriptions.empty())
      table.add({id, address_text(member), language_text(member),
                 version_text(member), "-", "-"});
    for (const auto& [topic, expression] : member.subscriptions)
      table.add({id, address_text(member), language_text(member),
                 version_text(member), topic, expression});
  }
  return fmt::format("group {}: {}\n", name,
                     counted(row.members.size(), "member"))
         + differences_text(row) + (table.is_empty() ? "" : table.text());
}

std::string group_json(const std::string& name, const group_row& row) {
  nlohmann::ordered_json out;
  out["name"] = name;
  out["ordered"] = row.is_ordered;
  out["lag"] = row.lag();
  out["differingTopics"] = row.differing_topics();
  auto& members = out["members"] = nlohmann::ordered_json::array();
  for (const auto& [id, member] : row.members) {
    auto& one = members.emplace_back();
    one["id"] = id;
    one["native"] = member.is_native();
    one["address"] = address_text(member);
    one["queues"] = member.queues;
    if (member.is_native())
      continue;
    one["language"] = member.language;
    one["version"] = member.version;
    one["subscriptions"] = member.subscriptions;
  }
  auto& queues = out["queues"] = nlohmann::ordered_json::array();
  for (const auto& queue : row.queues)
    queues.push_back({{"topic", queue.topic},
                      {"broker", queue.broker},
                      {"queue", queue.queue},
                      {"offset", queue.offset},
                      {"maxOffset", queue.max_offset},
                      {"lag", queue.lag()},
                      {"member", queue.member}});
  return json_text(out);
}

} // namespace apogee::cli
