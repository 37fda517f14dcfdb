#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "messages/record.hpp"
#include "store/views/consume_queues.hpp"
#include "store/views/epochs.hpp"
#include "store/views/group_offsets.hpp"
#include "store/views/topics.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace apogee::store {

/// What a stretch of the log changes in the views, collected in memory so that
/// each entry of LMDB is written once, however often it changes. No I/O.
class view_changes {
public:
  using body = std::vector<std::byte>;

  /// `known` are the topics before the stretch; it must outlive this.
  explicit view_changes(const topic_states& known);

  /// Takes the next record. Fails with errc::corrupt when a queue's offsets
  /// are not dense.
  result<void> add(const record_view& record);

  std::uint64_t records() const { return records_; }

  /// Records that change nothing because they do not decode or belong to a
  /// deleted topic.
  std::uint64_t skipped() const { return skipped_; }

  /// Queues in ascending order, for LMDB's sake.
  std::vector<queue_id> touched_queues() const;

  const std::vector<index_entry>& entries(queue_id queue) const {
    return queues_.at(queue);
  }

  /// nullopt: the topic was deleted.
  const std::map<topic_id, std::optional<body>>& topics() const {
    return topics_;
  }

  std::uint32_t topic_id_next() const { return topic_id_next_; }

  /// To be removed before groups() are put.
  const std::set<std::string>& deleted_groups() const {
    return deleted_groups_;
  }

  /// Groups whose offsets are to be removed, before offsets() are put.
  const std::set<std::string>& deleted_offsets() const {
    return deleted_offsets_;
  }

  const std::map<std::string, body>& groups() const { return groups_; }

  const std::map<std::string, std::map<queue_id, queue_offset>>&
  offsets() const {
    return offsets_;
  }

  const std::vector<epoch_info>& epochs() const { return epochs_; }

private:
  result<void> add_message(const record_view& record);
  bool add_topic(const record_view& record);
  bool add_group(const record_view& record);
  bool add_offsets(const record_view& record);
  bool add_epoch(const record_view& record);

  bool is_deleted(topic_id id) const;
  void forget_topic(topic_id id);

  const topic_states& known_;
  std::uint64_t records_ = 0;
  std::uint64_t skipped_ = 0;
  std::unordered_map<queue_id, std::vector<index_entry>> queues_;
  std::map<topic_id, std::optional<body>> topics_;
  std::uint32_t topic_id_next_;
  std::set<std::string> deleted_groups_;
  std::set<std::string> deleted_offsets_;
  std::map<std::string, body> groups_;
  std::map<std::string, std::map<queue_id, queue_offset>> offsets_;
  std::vector<epoch_info> epochs_;
};

} // namespace apogee::store
