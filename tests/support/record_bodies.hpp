#pragma once

#include "messages/envelope.hpp"
#include "messages/log.capnp.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace apogee {

/// The body of a record: one flat segment of `Schema`.
template <class Schema, class Fill>
std::vector<std::byte> record_body(Fill&& fill) {
  const auto built = envelope<Schema>::build(std::forward<Fill>(fill));
  const auto words =
    std::span{built.words().data.get(), built.words().count}.subspan(1);
  const auto bytes = std::as_bytes(words);
  return {bytes.begin(), bytes.end()};
}

inline std::vector<std::byte> topic_body(std::uint32_t id,
                                         const std::string& name,
                                         std::uint32_t queues,
                                         bool is_deleted = false) {
  return record_body<schema::TopicConfig>([&](auto topic) {
    topic.setId(id);
    topic.setName(name);
    topic.setQueues(queues);
    topic.setDeleted(is_deleted);
  });
}

inline std::vector<std::byte> group_body(const std::string& name,
                                         bool is_deleted = false,
                                         bool keeps_offsets = false) {
  return record_body<schema::GroupConfig>([&](auto group) {
    group.setName(name);
    group.setDeleted(is_deleted);
    group.setOffsetsKept(keeps_offsets);
  });
}

inline std::vector<std::byte> offset_body(const std::string& group,
                                          std::uint32_t topic,
                                          std::uint32_t queue,
                                          std::uint64_t offset) {
  return record_body<schema::OffsetCommit>([&](auto commit) {
    commit.setGroup({group.data(), group.size()}); // zeros and all
    auto one = commit.initOffsets(1)[0];
    one.setTopicId(topic);
    one.setQueue(queue);
    one.setOffset(offset);
  });
}

inline std::vector<std::byte> epoch_body(std::uint64_t epoch) {
  return record_body<schema::EpochStart>([&](auto start) {
    start.setEpoch(epoch);
    start.setBroker("broker-a");
  });
}

} // namespace apogee
