#pragma once

#include "actors/client/message.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace apogee::client {

/// How far a broadcasting consumer has read, kept by itself: brokers know
/// nothing of it. A text file, a line "begun TOPIC TIME_MS" for each topic and
/// "BROKER TOPIC QUEUE OFFSET" for each queue, replaced as a whole. Any thread.
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

  /// These are the queues with which the group begins to read a topic, at a
  /// time of the wall clock. Does nothing when it has begun: with the first
  /// call, or in the file.
  void begin(const std::string& topic, const std::vector<topic_queue>& queues,
             std::int64_t time_ms);

  /// When the group began to read the topic of a queue that was not seen then:
  /// it may be new, or its broker was down. Empty for one that was seen, and
  /// for one of a topic that is not begun.
  std::optional<std::int64_t> missed_since_ms(const topic_queue& queue) const;

  void set(const topic_queue& queue, queue_offset offset);

  /// Writes the file if anything has changed, and waits for the disk. Fails as
  /// files do; the next call tries again.
  result<void> save();

private:
  result<void> load();
  bool load(const std::string& line);
  std::string take_changes(); // the whole file; empty: there are none
  result<void> replace_file(const std::string& text) const;

  const std::string path_;
  std::mutex file_mutex_; // taken before the other one
  mutable std::mutex mutex_;
  std::map<topic_queue, queue_offset> offsets_;
  std::map<std::string, std::int64_t> begun_; // topics, when; 0: unknown
  std::set<topic_queue> first_;               // of topics not in the file
  bool is_changed_ = false;
  const result<void> loaded_; // the last one: load() fills the others
};

} // namespace apogee::client
