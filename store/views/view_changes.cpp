#include "store/views/view_changes.hpp"

#include "messages/log.capnp.h"
#include "store/views/record_body.hpp"

#include <algorithm>
#include <utility>

namespace apogee::store {

namespace {

view_changes::body copy(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

/// LMDB's keys are bounded, and a zero ends the name inside a key.
bool is_usable_name(const std::string& name) {
  return !name.empty() && name.size() <= group_offsets::name_bytes_max
         && name.find('\0') == std::string::npos;
}

std::string to_string(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

} // namespace

view_changes::view_changes(const topic_states& known)
  : known_(known), topic_id_next_(known.id_next) {}

result<void> view_changes::add(const record_view& record) {
  ++records_;
  auto is_used = true;
  switch (record.fields.type) {
  case record_type::message:
    return add_message(record);
  case record_type::topic_config:
    is_used = add_topic(record);
    break;
  case record_type::group_config:
    is_used = add_group(record);
    break;
  case record_type::offset_commit:
    is_used = add_offsets(record);
    break;
  case record_type::epoch_start:
    is_used = add_epoch(record);
    break;
  case record_type::filler:
  case record_type::transaction:
    break;
  }
  if (!is_used)
    ++skipped_;
  return {};
}

result<void> view_changes::add_message(const record_view& record) {
  const auto& fields = record.fields;
  if (is_deleted(fields.queue.topic)) {
    ++skipped_;
    return {};
  }
  auto& entries = queues_[fields.queue];
  if (!entries.empty()
      && fields.offset.value != entries.back().offset.value + 1)
    return {errc::corrupt,
            "the log holds offset " + std::to_string(fields.offset.value)
              + " of queue " + std::to_string(fields.queue.number)
              + " of topic " + std::to_string(fields.queue.topic.value)
              + " at position " + std::to_string(record.position.value)
              + ", where " + std::to_string(entries.back().offset.value + 1)
              + " belongs; restore the log from a copy"};
  entries.push_back(
    {fields.offset, record.position, record.size_bytes, fields.tag_hash});
  return {};
}

bool view_changes::is_deleted(topic_id id) const {
  if (auto found = topics_.find(id); found != topics_.end())
    return !found->second;
  return id.value < topic_id_next_ && !known_.live.contains(id);
}

/// Drops what the stretch itself has collected for a topic.
void view_changes::forget_topic(topic_id id) {
  std::erase_if(queues_, [&](const auto& x) { return x.first.topic == id; });
  for (auto& [group, offsets] : offsets_)
    std::erase_if(offsets, [&](const auto& x) { return x.first.topic == id; });
}

bool view_changes::add_topic(const record_view& record) {
  struct seen {
    topic_id id;
    bool is_deleted = false;
  };

  auto topic = read_body<
    schema::TopicConfig>(record.body, [](schema::TopicConfig::Reader x) {
    // The name is read to find out now whether it can be read.
    return x.getName().size() == 0 ? seen{} : seen{{x.getId()}, x.getDeleted()};
  });
  if (!topic || topic->id.value == 0 || is_deleted(topic->id))
    return false;
  topic_id_next_ = std::max(topic_id_next_, topic->id.value + 1);
  if (topic->is_deleted) {
    topics_[topic->id] = std::nullopt;
    forget_topic(topic->id);
  } else {
    topics_[topic->id] = copy(record.body);
  }
  return true;
}

bool view_changes::add_group(const record_view& record) {
  struct seen {
    std::string name;
    bool is_deleted = false;
    bool keeps_offsets = false;
  };

  auto group = read_body<schema::GroupConfig>(
    record.body, [](schema::GroupConfig::Reader x) {
      return seen{to_string(x.getName()), x.getDeleted(), x.getOffsetsKept()};
    });
  if (!group || !is_usable_name(group->name))
    return false;
  if (group->is_deleted) {
    groups_.erase(group->name);
    if (!group->keeps_offsets) {
      offsets_.erase(group->name);
      deleted_offsets_.insert(group->name);
    }
    deleted_groups_.insert(std::move(group->name));
  } else {
    groups_[group->name] = copy(record.body);
  }
  return true;
}

bool view_changes::add_offsets(const record_view& record) {
  struct seen {
    std::string group;
    std::vector<group_offset> offsets;
  };

  auto commit = read_body<schema::OffsetCommit>(
    record.body, [](schema::OffsetCommit::Reader x) {
      seen out{to_string(x.getGroup()), {}};
      for (auto offset : x.getOffsets())
        out.offsets.push_back(
          {{{offset.getTopicId()}, offset.getQueue()}, {offset.getOffset()}});
      return out;
    });
  if (!commit || !is_usable_name(commit->group))
    return false;
  auto& known = offsets_[commit->group];
  for (const auto& x : commit->offsets)
    if (!is_deleted(x.queue.topic))
      known[x.queue] = x.offset;
  return true;
}

bool view_changes::add_epoch(const record_view& record) {
  auto epoch = read_body<schema::EpochStart>(
    record.body, [&](schema::EpochStart::Reader x) {
      return epoch_info{{x.getEpoch()},
                        record.position,
                        x.getStartMs(),
                        to_string(x.getBroker())};
    });
  if (!epoch)
    return false;
  epochs_.push_back(std::move(*epoch));
  return true;
}

std::vector<queue_id> view_changes::touched_queues() const {
  std::vector<queue_id> out;
  out.reserve(queues_.size());
  for (const auto& x : queues_)
    if (!x.second.empty())
      out.push_back(x.first);
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace apogee::store
