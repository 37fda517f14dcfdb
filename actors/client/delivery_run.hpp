#pragma once

#include "actors/client/delivery.hpp"
#include "actors/client/push_consumer.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace apogee::client {

/// The user's listener, of either form.
struct listener {
  message_listener single;
  batch_listener batch;
};

/// Messages that a listener for single messages gets before its thread looks
/// whether another one could help.
inline constexpr std::size_t single_listener_slice = 8;

/// A long delivery reports how far it is after so long.
inline constexpr std::chrono::milliseconds delivery_report_interval{50};

/// Takes one delivery through the listener, a slice at a time, and reports what
/// became of it. Used by one thread.
///
/// Ordered: the first failure ends it, and its event holds everything from the
/// failed messages on. Otherwise it holds the failed ones alone, and the rest
/// goes on.
class delivery_run {
public:
  /// Ends early when `is_stopping` becomes true.
  delivery_run(const listener& user, bool is_ordered, std::size_t slice,
               const std::atomic<bool>& is_stopping, delivery&& work);

  /// True while there are messages and the queue was not taken away.
  bool has_more() const {
    return !is_over_ && !work_.records.empty() && !must_end();
  }

  /// Decodes the next messages and calls the listener for them.
  void next_slice();

  /// Cuts the second half off, when what is left is more than a slice. It
  /// counts as a delivery of its own.
  std::optional<delivery> split_off_half();

  /// Reports the end. REQUIRES: called once, last.
  void finish();

private:
  /// Messages that succeed or fail together.
  struct unit {
    std::size_t first = 0;
    std::size_t count = 0;
  };

  /// A queue that was taken away may be someone else's already.
  bool must_end() const { return is_stopping_ || work_.lease->is_revoked; }

  std::optional<failure> decode(std::size_t count_max);
  consume_result call_listener(const unit& x) const;
  bool handle(const unit& x);
  void report(delivery_event event);
  void report_finished(bool is_last);
  void report_interim();

  const listener& user_;
  const bool is_ordered_;
  const std::size_t slice_;
  const std::atomic<bool>& is_stopping_;
  delivery work_; // what is not decoded yet
  std::vector<received_message> messages_;
  std::vector<std::span<const std::byte>> records_; // of messages_
  queue_offset slice_end_;      // behind the last of messages_
  queue_offset finished_begin_; // what is handled and not reported:
  queue_offset finished_end_;
  std::size_t finished_bytes_ = 0;
  std::chrono::steady_clock::time_point reported_;
  bool is_over_ = false;
};

} // namespace apogee::client
