#pragma once

#include "actors/client/pull_consumer.hpp"
#include "messages/errors.hpp"
#include "nodes/cli/start_point.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace apogee::cli {

struct reading_options {
  start_point from;
  /// Go on behind what was there at the start.
  bool is_following = false;
  client::message_filter filter = {};
};

/// Reads all queues of a topic at the same time, without a group, and hands
/// the batches to one thread: of one queue in order, of different queues as
/// they come. One pull per queue is under way, also while its last batch is
/// being worked on.
class queue_reader {
public:
  queue_reader(client::pull_consumer consumer, reading_options options);

  /// Finds the queues and where to start. Blocks. Fails as the consumer does.
  result<void> start(const std::string& topic);

  /// The next batch; none when `wait` has passed, stop() was called, or
  /// everything is read. A queue whose messages were deleted meanwhile goes on
  /// with the oldest one that is there; when following, a broker that is away
  /// is waited for.
  result<client::pulled_batch> next(std::chrono::milliseconds wait);

  /// Everything that was there at the start has been given.
  bool is_finished() const;

  /// Messages that will be given in all, unless it is following.
  std::uint64_t messages_total() const { return messages_total_; }

  /// Lets next() return; from any thread.
  void stop();

private:
  struct queue_state {
    client::topic_queue queue;
    queue_offset next;
    queue_offset end; // unless following
  };

  struct arrival {
    std::size_t queue = 0;
    result<client::pulled_batch> batch;
  };

  struct inbox { // shared with callbacks, which may come late
    std::mutex mutex;
    std::condition_variable filled;
    std::deque<arrival> arrivals;
    bool is_stopped = false;
  };

  void pull(std::size_t index);
  result<void> handle(std::size_t index, const failure& why);
  result<void> skip_deleted(std::size_t index);
  result<void> accept(std::size_t index, client::pulled_batch& batch);

  client::pull_consumer consumer_;
  reading_options options_;
  std::vector<queue_state> queues_;
  std::size_t unfinished_ = 0;
  bool is_troubled_ = false;
  std::uint64_t messages_total_ = 0;
  client::pull_limits limits_;
  std::shared_ptr<inbox> inbox_ = std::make_shared<inbox>();
};

} // namespace apogee::cli
