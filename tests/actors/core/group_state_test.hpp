#pragma once

#include "actors/core/group_state.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace apogee::core {

using namespace std::chrono_literals;

/// One topic "t" of four queues, id 1, each 100 messages long, the first 10 of
/// them deleted; questions are answered at once unless `answering` is off.
class group_state_test : public testing::Test {
protected:
  static topic_info topic(const std::string& name, std::uint32_t id,
                          std::uint32_t queues = 4) {
    topic_info info;
    info.id = {id};
    info.name = name;
    info.queues = info.read_queues = info.write_queues = queues;
    return info;
  }

  void take(group_effects effects) {
    for (const auto& x : effects.assignments) {
      std::string text;
      for (const auto& queue : x.queues)
        text += std::to_string(queue.queue) + "@"
                + std::to_string(queue.offset.value) + " ";
      assigned[x.member] = text;
      sent[x.member] = x.generation;
      ++assignments;
    }
    commit_now |= effects.commit_now;
    told += effects.tell_rocketmq ? 1 : 0;
    for (const auto& question : effects.questions) {
      ++questions;
      if (answering)
        take(group.ends_answered(question.queue, {{10}, {length}, {50}}, now));
      else
        open.push_back(question);
    }
    if (effects.list_topics && !topics.empty())
      take(group.topics_listed(topics, now));
  }

  void join(const std::string& id,
            schema::StartFrom from = schema::StartFrom::EARLIEST) {
    group_member member;
    member.id = id;
    member.topics = {"t"};
    member.start = {from, 777};
    auto effects = group.join(member, now);
    ASSERT_TRUE(effects);
    take(*effects);
  }

  /// As the member reports after taking over what was last sent to it.
  std::uint32_t report(const std::string& id,
                       std::vector<reported_offset> offsets = {}) {
    return report_at(id, sent[id], std::move(offsets));
  }

  std::uint32_t report_at(const std::string& id, std::uint64_t generation,
                          std::vector<reported_offset> offsets = {}) {
    auto outcome =
      group.report({id, generation, std::move(offsets), false}, now);
    EXPECT_TRUE(outcome);
    if (!outcome)
      return 0;
    take(outcome->effects);
    return outcome->accepted;
  }

  /// These RocketMQ members are in the group now.
  void list_rocketmq(const std::set<std::string>& ids) {
    std::vector<rocketmq_member> all;
    for (const auto& id : ids)
      all.push_back({id, "10.0.0.1:1", 0, 0, false, {"t"}});
    take(group.rocketmq_listed(all, now));
  }

  /// "java java a a " for the queues of the topic.
  std::string owners() const {
    std::string text;
    for (const auto& queue : group.queues())
      text += (queue.owner.empty() ? "nobody" : queue.owner) + " ";
    return text;
  }

  void leave(const std::string& id, std::vector<reported_offset> offsets) {
    auto outcome = group.report({id, sent[id], std::move(offsets), true}, now);
    ASSERT_TRUE(outcome);
    take(outcome->effects);
  }

  std::string commits() {
    std::string text;
    const auto dirty = kept->dirty();
    for (const auto& [queue, offset] : dirty)
      text +=
        std::to_string(queue.number) + "@" + std::to_string(offset.value) + " ";
    kept->recorded(dirty);
    return text;
  }

  /// A group of which the log says this.
  void start(const std::vector<queue_commit>& recorded) {
    kept = std::make_shared<committed_offsets>(recorded);
    group = group_state{{3s, 5s}, 1, kept, {locks, "g"}};
    take(group.topics_listed(topics, now));
  }

  void pass(std::chrono::milliseconds time) {
    now += time;
    take(group.tick(now));
  }

  group_state::instant now{};
  std::vector<topic_info> topics{topic("t", 1)};
  std::shared_ptr<committed_offsets> kept =
    std::make_shared<committed_offsets>(std::vector<queue_commit>{});
  std::shared_ptr<queue_locks> locks = std::make_shared<queue_locks>();
  group_state group{{3s, 5s}, 1, kept, {locks, "g"}};
  std::map<std::string, std::string> assigned;
  std::map<std::string, std::uint64_t> sent;
  std::vector<group_effects::question> open;
  int assignments = 0;
  int questions = 0;
  int told = 0; // effects that concern RocketMQ members
  std::uint64_t length = 100;
  bool answering = true;
  bool commit_now = false;
};

} // namespace apogee::core
