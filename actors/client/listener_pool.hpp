#pragma once

#include "actors/client/delivery.hpp"
#include "actors/client/delivery_run.hpp"
#include "actors/client/push_consumer.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace apogee::client {

/// Runs the listener on a few threads of its own (or, with none, on the thread
/// that submits). Decodes and verifies the messages there as well. A large
/// delivery is split while a thread is idle, unless order has to be kept.
///
/// What it holds is bounded by what the sessions submit.
class listener_pool {
public:
  listener_pool(listener user, const push_consumer_settings& settings);
  ~listener_pool();

  /// Hands a delivery over; its lease is told what became of it. After stop()
  /// nothing happens to it. Any thread.
  void submit(delivery&& work);

  /// Returns when no listener runs any more, except on the calling thread.
  /// Called by a listener, it does not wait for others that do the same.
  void stop();

private:
  struct core; // outlives the pool when a listener drops its consumer

  std::shared_ptr<core> core_;
  std::vector<std::thread> threads_;
  std::mutex stop_mutex_;
};

} // namespace apogee::client
