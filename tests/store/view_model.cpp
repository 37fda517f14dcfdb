#include "tests/store/view_model.hpp"

#include "messages/log.capnp.h"
#include "store/lmdb.hpp"
#include "store/views/record_body.hpp"
#include "tests/store/crash_world.hpp"

#include <map>
#include <set>
#include <utility>

namespace apogee::store {

namespace {

/// The views in plain containers, written as simply as possible.
struct plain_views {
  std::set<std::uint32_t> topics;
  std::set<std::uint32_t> topics_ever;
  std::set<std::string> groups;
  std::map<std::string, std::map<queue_id, queue_offset>> offsets;
  std::map<queue_id, std::vector<index_entry>> queues;

  bool is_deleted(std::uint32_t topic) const {
    return !topics_ever.empty() && topic <= *topics_ever.rbegin()
           && !topics.contains(topic);
  }

  void forget(std::uint32_t topic) {
    topics.erase(topic);
    std::erase_if(queues,
                  [&](const auto& x) { return x.first.topic.value == topic; });
    for (auto& [group, known] : offsets)
      std::erase_if(
        known, [&](const auto& x) { return x.first.topic.value == topic; });
  }

  void add_topic(schema::TopicConfig::Reader x) {
    if (is_deleted(x.getId()))
      return;
    topics_ever.insert(x.getId());
    if (x.getDeleted())
      forget(x.getId());
    else
      topics.insert(x.getId());
  }

  void add_group(schema::GroupConfig::Reader x) {
    groups.erase(x.getName().cStr());
    if (x.getDeleted() && !x.getOffsetsKept())
      offsets.erase(x.getName().cStr());
    if (!x.getDeleted())
      groups.insert(x.getName().cStr());
  }

  void add_offset(schema::OffsetCommit::Reader x) {
    for (auto one : x.getOffsets())
      if (!is_deleted(one.getTopicId()))
        offsets[x.getGroup().cStr()][{{one.getTopicId()}, one.getQueue()}] = {
          one.getOffset()};
  }

  void add(const model_record& x) {
    const auto& fields = x.fields;
    if (fields.type == record_type::message
        && !is_deleted(fields.queue.topic.value))
      queues[fields.queue].push_back(
        {fields.offset, x.position,
         static_cast<std::uint32_t>(x.end.value - x.position.value),
         fields.tag_hash});
    // The bodies are our own; they decode.
    if (fields.type == record_type::topic_config)
      (void)read_body<schema::TopicConfig>(x.body, [&](auto body) {
        add_topic(body);
        return 0;
      }).has_value();
    if (fields.type == record_type::group_config)
      (void)read_body<schema::GroupConfig>(x.body, [&](auto body) {
        add_group(body);
        return 0;
      }).has_value();
    if (fields.type == record_type::offset_commit)
      (void)read_body<schema::OffsetCommit>(x.body, [&](auto body) {
        add_offset(body);
        return 0;
      }).has_value();
  }
};

std::string queue_defect(const views& found, queue_id queue,
                         const std::vector<index_entry>& expected,
                         log_position start) {
  const auto name = "queue " + std::to_string(queue.topic.value) + "/"
                    + std::to_string(queue.number);
  auto end = found.queue_end(queue);
  if (!end || end->value != expected.size())
    return name + " does not end at " + std::to_string(expected.size());
  auto begin = found.queue_begin(queue, start);
  std::uint64_t first = 0;
  while (first < expected.size() && expected[first].position < start)
    ++first;
  if (!begin || begin->value != first)
    return name + " does not begin at " + std::to_string(first);
  auto entries = found.find(queue, *begin, 1'000'000);
  if (!entries)
    return name + ": " + to_string(entries.error());
  if (*entries
      != std::vector(expected.begin() + static_cast<std::ptrdiff_t>(first),
                     expected.end()))
    return name + " has other entries";
  return {};
}

} // namespace

std::string view_defect(const views& found,
                        const std::vector<model_record>& model,
                        log_position start, log_position end,
                        compared_topics which) {
  plain_views expected;
  for (const auto& x : model)
    if (x.position < end)
      expected.add(x);
  const auto is_compared = [&](queue_id queue) {
    return which == compared_topics::all
           || expected.topics.contains(queue.topic.value);
  };
  std::set<std::uint32_t> topics;
  auto live = found.topics();
  if (!live)
    return to_string(live.error());
  for (const auto& x : *live)
    topics.insert(x.id.value);
  if (topics != expected.topics)
    return "the topics are others";
  std::set<std::string> groups;
  auto known = found.groups();
  if (!known)
    return to_string(known.error());
  for (const auto& x : *known)
    groups.insert(x.name);
  if (groups != expected.groups)
    return "the groups are others";
  for (const auto& [group, offsets] : expected.offsets) {
    std::vector<group_offset> wanted;
    for (const auto& [queue, offset] : offsets) {
      if (is_compared(queue))
        wanted.push_back({queue, offset});
      if (offset.value > expected.queues[queue].size())
        return "an offset of " + group + " is ahead of the log";
    }
    auto committed = found.group_offsets(group);
    if (committed)
      std::erase_if(*committed,
                    [&](const auto& x) { return !is_compared(x.queue); });
    if (!committed || *committed != wanted)
      return "the offsets of " + group + " are others";
  }
  for (const auto& [queue, entries] : expected.queues) {
    if (!is_compared(queue))
      continue;
    if (auto defect = queue_defect(found, queue, entries, start);
        !defect.empty())
      return defect;
  }
  return {};
}

std::string dump(const std::string& folder) {
  auto environment = lmdb::environment::open(folder, 1u << 20);
  if (!environment)
    return to_string(environment.error());
  std::string out;
  auto done = (*environment)->update([&](lmdb::write_transaction& in) {
    for (const auto* name :
         {"state", "consume_queues", "group_offsets", "topics",
          "deleted_topics", "groups", "epochs", "transactions"}) {
      out += name;
      auto table = in.open_table(name);
      auto at = in.open_cursor(*table);
      for (auto found = at->first(); found && *found; found = at->next())
        for (auto part : {(*found)->key, (*found)->value}) {
          out += " ";
          for (auto x : part)
            out += "0123456789abcdef"[std::to_integer<int>(x) >> 4],
              out += "0123456789abcdef"[std::to_integer<int>(x) & 15];
        }
      out += "\n";
    }
    return result<void>{};
  });
  return done ? out : to_string(done.error());
}

} // namespace apogee::store
