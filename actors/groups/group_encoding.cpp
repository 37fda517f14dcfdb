#include "actors/groups/group_encoding.hpp"

#include "messages/log.capnp.h"
#include "messages/names.hpp"

#include <algorithm>

namespace apogee::groups {

namespace {

constexpr std::size_t words_of_name = 18; // the longest legal one, and more
constexpr std::size_t words_of_queue = 3 + words_of_name;

/// A legal id is printable, so that it can be shown to an operator.
result<void> check_member_id(const std::string& id) {
  if (id.empty())
    return {errc::invalid_argument, "the member has no id"};
  if (id.size() > member_id_bytes_max)
    return {errc::invalid_argument,
            "the id of the member has " + std::to_string(id.size())
              + " bytes; at most " + std::to_string(member_id_bytes_max)
              + " are allowed"};
  for (const auto c : id)
    if (c < ' ' || c > '~')
      return {errc::invalid_argument,
              "the id of the member has other characters than printable ASCII"};
  return {};
}

result<core::start_policy> decode_start(schema::StartFrom from,
                                        std::int64_t time_ms) {
  if (from > schema::StartFrom::TIME)
    return {errc::not_supported, "the group is to go on at a point that this "
                                 "version does not know"};
  // A negative time is no time in an offset query; no message is that old.
  return core::start_policy{from, std::max(time_ms, std::int64_t{0})};
}

void encode_queue(const std::string& topic, std::uint32_t number,
                  schema::QueueRef::Builder out) {
  out.setTopic(topic);
  out.setQueue(number);
}

} // namespace

result<core::group_member>
decode_join(const envelope<schema::JoinRequest>& request) {
  return request.read(
    [](schema::JoinRequest::Reader in) -> result<core::group_member> {
      core::group_member member;
      member.id = in.getMemberId();
      if (auto legal = check_member_id(member.id); !legal)
        return legal.error();
      for (const auto topic : in.getTopics()) {
        member.topics.emplace_back(topic);
        if (auto legal = check_topic_name(member.topics.back()); !legal)
          return legal.error();
      }
      if (member.topics.empty())
        return {errc::invalid_argument,
                "member '" + member.id + "' subscribes to no topic"};
      const auto start = decode_start(in.getStartFrom(), in.getStartTimeMs());
      if (!start)
        return start.error();
      member.start = *start;
      member.ordered = in.getOrdered();
      return member;
    });
}

result<core::member_report>
decode_report(const envelope<schema::MemberReport>& report) {
  return report.read([](schema::MemberReport::Reader in) {
    core::member_report out;
    out.member = in.getMemberId();
    out.generation = in.getGeneration();
    out.leaving = in.getLeaving();
    out.offsets.reserve(in.getOffsets().size());
    for (const auto x : in.getOffsets())
      out.offsets.push_back(
        {x.getQueue().getTopic(), x.getQueue().getQueue(), {x.getOffset()}});
    return out;
  });
}

result<reset_order> decode_reset(const envelope<schema::GroupReset>& request) {
  return request.read([](schema::GroupReset::Reader in) -> result<reset_order> {
    const auto to = decode_start(in.getTo(), in.getTimeMs());
    if (!to)
      return to.error();
    reset_order order{in.getTopic(), *to};
    if (!order.topic.empty())
      if (auto legal = check_topic_name(order.topic); !legal)
        return legal.error();
    return order;
  });
}

envelope<schema::Assignment>
encode_assignment(const std::string& group,
                  const core::group_effects::assignment& assignment) {
  return envelope<schema::Assignment>::build(
    [&](schema::Assignment::Builder out) {
      out.setGroup(group);
      out.setGeneration(assignment.generation);
      auto queues =
        out.initQueues(static_cast<unsigned>(assignment.queues.size()));
      for (unsigned i = 0; i < queues.size(); ++i) {
        const auto& from = assignment.queues[i];
        encode_queue(from.topic, from.queue, queues[i].initQueue());
        queues[i].setOffset(from.offset.value);
      }
    },
    32 + assignment.queues.size() * words_of_queue);
}

envelope<schema::GroupList> encode_group(const group_picture& group) {
  return envelope<schema::GroupList>::build(
    [&](schema::GroupList::Builder list) {
      auto out = list.initGroups(1)[0];
      out.setName(group.name);
      out.setOrdered(group.ordered);
      out.setGeneration(group.generation);
      auto members =
        out.initMembers(static_cast<unsigned>(group.members.size()));
      for (unsigned i = 0; i < members.size(); ++i) {
        const auto& from = group.members[i];
        members[i].setId(from.id);
        members[i].setNode(from.node);
        members[i].setAddress(from.client.address);
        members[i].setLanguage(from.client.language);
        members[i].setVersion(from.client.version);
        auto wanted = members[i].initSubscriptions(
          static_cast<unsigned>(from.client.expressions.size()));
        unsigned k = 0;
        for (const auto& [topic, expression] : from.client.expressions) {
          wanted[k].setTopic(topic);
          wanted[k++].setExpression(expression);
        }
        auto owned =
          members[i].initQueues(static_cast<unsigned>(from.queues.size()));
        for (unsigned j = 0; j < owned.size(); ++j)
          encode_queue(from.queues[j].first, from.queues[j].second, owned[j]);
      }
      auto queues = out.initQueues(static_cast<unsigned>(group.queues.size()));
      for (unsigned i = 0; i < queues.size(); ++i) {
        const auto& [view, ends] = group.queues[i];
        encode_queue(view.topic, view.queue.number, queues[i].initQueue());
        queues[i].setOffset(view.committed.value_or(ends.min).value);
        queues[i].setMinOffset(ends.min.value);
        queues[i].setMaxOffset(ends.max.value);
        queues[i].setMember(view.owner);
      }
    },
    256 + group.queues.size() * 2 * words_of_queue);
}

envelope<schema::GroupList>
merge_groups(const std::vector<envelope<schema::GroupList>>& parts) {
  std::size_t words = 16;
  for (const auto& part : parts)
    words += part.words().count;
  return envelope<schema::GroupList>::build(
    [&](schema::GroupList::Builder list) {
      auto out = list.initGroups(static_cast<unsigned>(parts.size()));
      for (unsigned i = 0; i < out.size(); ++i)
        static_cast<void>(
          parts[i].read([&](schema::GroupList::Reader in) -> result<void> {
            for (const auto group : in.getGroups())
              out.setWithCaveats(i, group);
            return {};
          }));
    },
    words);
}

append_record
make_commit_record(const std::string& group,
                   const std::vector<core::queue_commit>& commits) {
  // A record's body has to be one segment: the size is what it takes.
  const auto body = envelope<schema::OffsetCommit>::build(
    [&](schema::OffsetCommit::Builder out) {
      out.setGroup(group);
      auto offsets = out.initOffsets(static_cast<unsigned>(commits.size()));
      for (unsigned i = 0; i < offsets.size(); ++i) {
        offsets[i].setTopicId(commits[i].first.topic.value);
        offsets[i].setQueue(commits[i].first.number);
        offsets[i].setOffset(commits[i].second.value);
      }
    },
    words_of_name + 16 + commits.size() * 2);
  return {record_type::offset_commit, ack_level::memory, body.words()};
}

} // namespace apogee::groups
