#pragma once

#include "actors/client/message.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace apogee::client {

/// How far a broadcasting consumer has read, kept by itself: brokers know
/// nothing of it. A text file, a line "BROKER TOPIC QUEUE OFFSET" for each
/// queue, replaced as a whole. Any thread.
class broadcast_offsets {
public:
  /// Reads the file; one that is not there is an empty one. With an empty path
  /// nothing is kept beyond the process.
  explicit broadcast_offsets(std::string path);

  /// What became of reading the file: errc::corrupt, naming the line, or
  /// errc::io_error. The file is then left as it is, and nobody should read on
  /// without the offsets that it holds.
  const result<void>& loaded() const { return loaded_; }

  std::optional<queue_offset> find(const topic_queue& queue) const;

  /// These are the queues with which the group begins to read a topic. Does
  /// nothing when it has begun: with the first call, or in the file.
  void begin(const std::string& topic, const std::vector<topic_queue>& queues);

  /// It has appeared since its topic was begun: all that is in it came later.
  bool is_late(const topic_queue& queue) const;

  void set(const topic_queue& queue, queue_offset offset);

  /// Writes the file if anything has changed, and waits for the disk. Fails as
  /// files do; the next call tries again.
  result<void> save();

private:
  result<void> load();

  const std::string path_;
  mutable std::mutex mutex_;
  std::map<topic_queue, queue_offset> offsets_;
  std::set<std::string> begun_; // topics
  std::set<topic_queue> first_; // of topics that are not in the file
  bool is_changed_ = false;
  const result<void> loaded_; // the last one: load() fills the others
};

} // namespace apogee::client
