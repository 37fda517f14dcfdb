#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace apogee::core {

using queue_commit = std::pair<queue_id, queue_offset>;

/// How far one consumer group has come, whatever its members speak: the only
/// place where this is kept in memory. What is set counts at once; it is dirty
/// until the log has it. Any thread.
class committed_offsets {
public:
  /// `recorded`: what the log says.
  explicit committed_offsets(const std::vector<queue_commit>& recorded)
    : offsets_(recorded.begin(), recorded.end()) {}

  std::optional<queue_offset> find(queue_id queue) const;

  /// By queue.
  std::map<queue_id, queue_offset> all() const;

  bool has_topic(topic_id topic) const;

  /// Also back.
  void set(queue_id queue, queue_offset offset);

  /// Does nothing when the group is there already.
  void advance(queue_id queue, queue_offset offset);

  /// Of a topic that is deleted, with which the log forgets them as well.
  void forget(topic_id topic);

  /// Their group is about to be deleted: until clear() or resume() none is
  /// taken, and none is to be recorded.
  void suspend();

  /// The group is not deleted: they go on as they were.
  void resume();

  /// Forgets all; their group's record of deletion has to be in the log.
  void clear();

  bool is_dirty() const;

  /// What has to be recorded. It stays dirty until recorded() says otherwise.
  std::vector<queue_commit> dirty() const;

  /// The same for `send`, which must not call back: suspend() comes before it
  /// is sent or after, never in between.
  void
  with_dirty(const std::function<void(std::vector<queue_commit>)>& send) const;

  /// These are in the log. Those that have changed since stay dirty.
  void recorded(const std::vector<queue_commit>& commits);

private:
  void put(queue_id queue, queue_offset offset);
  std::vector<queue_commit> list_dirty() const;

  mutable std::mutex mutex_;
  std::map<queue_id, queue_offset> offsets_;
  std::set<queue_id> dirty_;
  bool is_suspended_ = false;
};

/// The offsets of all groups of a broker, each read from the views when it is
/// first asked for. Any thread.
class offset_table {
public:
  using loader =
    std::function<result<std::vector<queue_commit>>(const std::string&)>;

  /// `load` reads a group's offsets in the views.
  explicit offset_table(loader load) : load_(std::move(load)) {}

  /// REQUIRES: the views have what the log had when the node started (a barrier
  /// of the log). Never null; fails as the views do.
  result<std::shared_ptr<committed_offsets>> of(const std::string& group);

  /// Of one queue. A group that has no offsets is not kept in memory for it.
  result<std::optional<queue_offset>> find(const std::string& group,
                                           queue_id queue);

  /// Names of the groups with something to be recorded.
  std::vector<std::string> dirty_groups() const;

  void forget(topic_id topic);

private:
  loader load_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<committed_offsets>> groups_;
};

} // namespace apogee::core
